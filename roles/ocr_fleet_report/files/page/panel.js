/*
 * Copyright (c) 2026, the ocrfleet.aspose contributors
 * GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// What opens below a host: its models, the processes that hold them, and what else is known of it.

const differences = { size: "size differs", checksum: "checksum differs", missing: "most hosts lack it" };

function scrollable(label, content) {
  return element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": label }, content);
}

function tableOf(headers, rows) {
  const header = (text) => element("th", { scope: "col", textContent: text });
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...headers.map(header))),
    element("tbody", {}, ...rows),
  );
}

// What is special about some columns of models.
const modelCells = {
  status: ({ status }) => [badge(data.statuses[status], status)],
  bytes: (model) => [bytes(model.bytes)],
  checksum: ({ checksum }) => [checksum === null ? "" : untrusted(checksum, "code")],
};

function modelRow(host, model) {
  const differs = (host.differing[model.name] ?? []).map((kind) => badge(differences[kind], "drift"));
  const several = host.directories.length > 1;
  const cells = data.model_columns.slice(1).map(({ name, kind }) => {
    const shown = modelCells[name]?.(model) ?? cellsOf(kind, model[name]);
    return element("td", { className: kinds[kind].className ?? "" }, ...shown);
  });
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, named(several ? `${model.path}/${model.name}` : model.name), ...differs.flatMap((mark) => [" ", mark])),
    ...cells,
  );
}

const listed = (names) => names.flatMap((name, index) => (index === 0 ? [named(name)] : [", ", named(name)]));

function holderRow(holder) {
  const pending = holder.pending.flatMap(({ name, bytes: held }, index) => [
    index === 0 ? "" : ", ",
    named(name),
    " ",
    bytes(held),
  ]);
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, String(holder.pid), " ", named(holder.command ?? "")),
    element("td", {}, named(holder.user ?? "")),
    element("td", {}, named(holder.unit ?? "")),
    element("td", {}, ...listed(holder.models)),
    element("td", {}, ...pending),
  );
}

function titled(title, content) {
  return element("section", {}, element("h3", { textContent: title }), content);
}

function description(pairs) {
  return element(
    "dl",
    {},
    ...pairs
      .filter(([, value]) => value !== null)
      .flatMap(([term, value]) => [element("dt", { textContent: term }), element("dd", {}, value)]),
  );
}

function directoryPairs(directory, _index, all) {
  const free = directory.disk_available_bytes;
  const notes = [
    directory.exists ? null : "does not exist",
    directory.store === null ? null : `store ${directory.store}`,
    all.length === 1 ? null : count(directory.count, "model"),
  ].filter((note) => note !== null);
  const shown = [named(directory.path, "code"), notes.length === 0 ? "" : untrusted(` (${notes.join(", ")})`)];
  return [
    ["Model directory", element("span", {}, ...shown)],
    ["Disk", free === null ? null : `${size(free)} free of ${size(directory.disk_total_bytes ?? 0)}`],
  ];
}

// What the last run did: one that only reported did nothing.
function runPairs(host) {
  if (!wasPruned(host)) {
    return [];
  }
  const dry = host.run_kind === "dry run";
  const outcome = `${dry ? "dry run" : "prune"} of ${host.run_time ?? "an unknown time"}, ${host.run_outcome ?? "outcome unknown"}`;
  const freed = host.run_freed_bytes === null ? "an unknown size" : size(host.run_freed_bytes);
  const kept = Object.entries(host.run_kept_reasons).map(([reason, number]) => `${reason}: ${number}`);
  const services = host.run_services.map(
    ({ name, down_seconds: seconds }) => `${name}, ${seconds === null ? "not back" : `down for ${seconds} s`}`,
  );
  return [
    ["Last run", outcome],
    [dry ? "Would prune" : "Pruned", host.run_pruned === null ? null : `${count(host.run_pruned, "model")}, ${freed}`],
    ["Kept", host.run_kept === null ? null : named([count(host.run_kept, "model"), ...kept].join("; "))],
    ["Services stopped", services.length === 0 ? null : named(services.join("; "))],
  ];
}

function requiredPairs(host) {
  const wanted = host.required.filter(({ state }) => state !== "present");
  const states = wanted.map(({ name, state }) => `${name} (${state})`);
  return states.length === 0 ? [] : [["Required", element("span", {}, ...listed(states))]];
}

function panelOf(host) {
  const own = modelsOf(host);
  const engine = [host.engine_state, host.engine_version, host.engine_message].filter((part) => part !== null);
  const lacks = Object.entries(host.differing)
    .filter(([name, kinds]) => kinds.includes("missing") && !own.some((model) => model.name === name))
    .map(([name]) => name);
  return element(
    "div",
    { className: "panel" },
    description([
      ["Failed", host.failure === null ? null : named(host.failure)],
      ["Facts left out", host.faults.length === 0 ? null : named(host.faults.join("; "))],
      ...host.directories.flatMap(directoryPairs),
      ...runPairs(host),
      ...requiredPairs(host),
      ["Groups", host.groups.length === 0 ? null : element("span", {}, ...listed(host.groups))],
      ["Engine", named(engine.join(", "))],
      ["Gathered", host.gathered_at],
      ["Lacks", lacks.length === 0 ? null : element("span", {}, ...listed(lacks))],
    ]),
    host.holders.length === 0
      ? null
      : titled(
          "Processes that hold models",
          scrollable(
            `Processes on ${host.host}`,
            tableOf(["Process", "User", "Service", "Models", "Deleted, still held"], host.holders.map(holderRow)),
          ),
        ),
    titled(
      count(own.length, "model"),
      own.length === 0
        ? element("p", { textContent: "The model directory holds no models." })
        : scrollable(
            `Models on ${host.host}`,
            tableOf(
              data.model_columns.map(({ heading }) => heading),
              own.map((model) => modelRow(host, model)),
            ),
          ),
    ),
  );
}
