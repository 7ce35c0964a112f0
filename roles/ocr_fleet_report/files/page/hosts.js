/*
 * Copyright (c) 2026, the ocrfleet.aspose contributors
 * GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// The columns of the table of hosts: what they sort by, and what a host shows in them.

const nothing = (text = "0") => element("span", { className: "zero", textContent: text });
const small = (text) => element("span", { className: "count", textContent: text });

function counted(number, sum) {
  return number === 0 ? [nothing()] : [bytes(sum), " ", small(grouped.format(number))];
}

function engineOf(host) {
  const state = host.engine_state === "failed" ? badge("failed", "bad") : untrusted(host.engine_state);
  return host.engine_version === null ? [state] : [state, " ", named(host.engine_version)];
}

// Versions sort as people count: each of the few there are has its rank.
const engineText = (host) => `${host.engine_state} ${host.engine_version ?? ""}`;
const engineRanks = new Map(
  [...new Set(hosts.filter(known).map(engineText))].sort(alphabetical.compare).map((text, rank) => [text, rank]),
);

// Of the whole disk: what models take on it, what else is there, and what is free. Of a disk that is not known only the
// models can be shown.
function diskBar(host) {
  const parts = Object.entries(host.parts);
  const taken = parts.reduce((sum, [, length]) => sum + length, 0);
  if (!diskKnown(host)) {
    return taken === 0 ? nothing("unknown") : bar(parts, taken);
  }
  const free = host.disk_available_bytes;
  const other = Math.max(host.disk_total_bytes - free - taken, 0);
  return bar([...parts, ["other", other], ["free", free]], taken + other + free);
}

const usedShare = (host) => 1 - host.disk_available_bytes / Math.max(host.disk_total_bytes, 1);

function freeOf(host) {
  if (!diskKnown(host)) {
    return [nothing("unknown")];
  }
  return [bytes(host.disk_available_bytes), " ", small(`${Math.floor(100 * (1 - usedShare(host)))} %`)];
}

// What the last run freed, or would have, where it was a prune.
const wasPruned = (host) => ["prune", "dry run"].includes(host.run_kind);

function lastRunOf(host) {
  if (!wasPruned(host)) {
    return [nothing("–")];
  }
  const freed = host.run_freed_bytes === null ? nothing("unknown") : bytes(host.run_freed_bytes);
  return [small(host.run_kind === "dry run" ? "would free" : "freed"), " ", freed];
}

// What a value of a kind looks like; `rising` columns start with the least.
const kinds = {
  text: { rising: true, cells: (value) => [named([value].flat().join("; "))] },
  count: { className: "number short", cells: (value) => [value === 0 ? nothing() : grouped.format(value)] },
  bytes: { className: "number", cells: (value) => [value === 0 ? nothing() : bytes(value)] },
  time: { cells: (value) => [time(value)] },
  seconds: { className: "number", cells: (value) => [`${value} s`] },
  truth: { cells: (value) => [value ? "yes" : "no"] },
};
const cellsOf = (kind, value) => (value === null ? [nothing("unknown")] : kinds[kind].cells(value));

// What is special about some columns. `value` is what a column sorts by, null where it is not known.
const special = {
  host: { value: (host) => host.place, cells: null },
  disk_total_bytes: { key: "disk", className: "wide", value: (host) => (diskKnown(host) ? usedShare(host) : null), cells: (host) => [diskBar(host)] },
  disk_available_bytes: { key: "free", className: "number free-disk", rising: true, value: (host) => (diskKnown(host) ? host.disk_available_bytes : null), cells: freeOf },
  bytes: { cells: (host) => [bytes(host.bytes), " ", small(count(host.count, "model"))] },
  stale_allocated_bytes: { className: "number stale" },
  incomplete_allocated_bytes: { className: "number incomplete" },
  pending_bytes: { className: "number pending" },
  run_kind: { key: "run_freed_bytes", className: "number", rising: false, value: (host) => (wasPruned(host) ? host.run_freed_bytes : null), cells: lastRunOf },
  engine_state: { key: "engine", className: "engine", value: (host) => (known(host) ? engineRanks.get(engineText(host)) : null), cells: engineOf },
  gathered_at: { className: "gathered" },
};

// The columns that plugins/plugin_utils/_columns.py has for the page.
const columns = data.columns
  .filter(({ name }) => !name.startsWith("run_") || hosts.some(wasPruned))
  .map(({ name, label, kind, counted_by: number }) => ({
    key: name,
    title: label,
    className: "",
    value: (host) => host[name],
    ...kinds[kind],
    cells: (host) => (number === null ? cellsOf(kind, host[name]) : counted(host[number], host[name])),
    ...special[name],
  }));

function marksOf(host) {
  const differing = Object.keys(host.differing).length;
  return [
    differing === 0 ? null : badge(`${differing} differ`, "drift"),
    known(host) && failed(host) ? badge(host.failure === null ? "incomplete facts" : "failed", "bad") : null,
  ].flatMap((mark) => (mark === null ? [] : [" ", mark]));
}

// The roles are those of the elements, which lose them where the style sheet lays a row out in another way.
function rowOf(host, name) {
  const head = element("th", { scope: "row", role: "rowheader" }, name, ...marksOf(host));
  if (!known(host)) {
    const why = element("td", { colSpan: columns.length - 1, role: "cell", className: "reason" });
    why.append(badge("no report", "bad"), " ", named(host.reason));
    return element("tr", { role: "row", className: "silent" }, head, why);
  }
  const cells = columns.slice(1).map(({ title, className, cells: shown }) => {
    const cell = element("td", { role: "cell", className, "data-title": title }, ...shown(host));
    cell.classList.toggle("none", cell.querySelector(".zero") !== null && ["0", "–"].includes(cell.textContent));
    return cell;
  });
  return element("tr", { role: "row" }, head, ...cells);
}
