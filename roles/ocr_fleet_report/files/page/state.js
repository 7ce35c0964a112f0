/*
 * Copyright (c) 2026, the ocrfleet.aspose contributors
 * GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// What is chosen: the view, exact filters, the words searched for, and the order. All of it is in the URL's fragment, so
// that a link opens what somebody saw. A fragment without "=" is a place on the page.

const views = {
  all: ["All", () => true],
  stale: ["Stale", (host) => host.stale_count > 0],
  incomplete: ["Incomplete", (host) => host.incomplete_count > 0],
  pending: ["Pending", (host) => host.pending_bytes > 0],
  drift: ["Drift", (host) => Object.keys(host.differing).length > 0],
  engine: ["Engine failed", (host) => host.engine_state === "failed"],
  failed: ["Failed", failed],
  missing: ["No report", (host) => !known(host)],
  action: ["Needs action", (host) => host.causes.length > 0],
  gain: ["Something to gain", (host) => host.reclaimable_bytes > 0],
  models: ["With models", (host) => host.count > 0],
  used: ["In use", (host) => host.in_use_count > 0],
  pending_unknown: ["Pending unknown", (host) => known(host) && host.pending_bytes === null],
  used_unknown: ["Use unknown", (host) => known(host) && host.in_use_count === null],
};
// These have a button of their own; the others are for links.
const offered = ["all", "action", "stale", "incomplete", "pending", "drift", "engine", "failed", "missing"];

// What a link can ask for beside a view: what it is called, and which hosts have it.
const exact = {
  cause: ["Needs action", (key) => (host) => host.causes.includes(key), (key) => data.causes[key] ?? key],
  state: ["Engine", (value) => (host) => host.engine_state === value],
  group: ["Group", (value) => (host) => host.groups.includes(value)],
  run: ["Last run", (value) => (host) => host.run_kind === value],
  sdk: ["SDK", (value) => (host) => host.engine_version === value],
  model: [
    "Has",
    (value) => {
      const marked = markKinds((name) => name === value);
      return (host) => hasKind(host, marked);
    },
  ],
};

const state = { view: "all", only: {}, q: "", sort: "host", descending: false };

function readFragment(fragment) {
  const asked = new URLSearchParams(fragment.replace(/^#/, ""));
  const order = asked.get("sort") ?? "host";
  const column = order.replace(/^-/, "");
  state.view = Object.hasOwn(views, asked.get("view") ?? "") ? asked.get("view") : "all";
  state.only = Object.fromEntries([...asked].filter(([name]) => Object.hasOwn(exact, name)));
  state.q = asked.get("q") ?? "";
  state.sort = columns.some(({ key }) => key === column) ? column : "host";
  state.descending = state.sort === column && order.startsWith("-");
}

function fragmentOf({ view, only, q, sort, descending }) {
  const asked = new URLSearchParams(view === "all" ? {} : { view });
  Object.entries(only).forEach(([name, value]) => asked.set(name, value));
  if (q !== "") {
    asked.set("q", q);
  }
  if (sort !== "host" || descending) {
    asked.set("sort", (descending ? "-" : "") + sort);
  }
  return asked.toString();
}

const isFiltered = () => state.view !== "all" || state.q.trim() !== "" || Object.keys(state.only).length > 0;

const kindNames = () => (kindNames.lower ??= models.kind.of.map((kind) => kind[kindColumn.name].toLowerCase()));

function searchText(host) {
  if (host.text === undefined) {
    const parts = [host.host, host.reason, host.failure, ...host.faults, host.path];
    parts.push(host.engine_state, host.engine_version, host.engine_message);
    for (const holder of host.holders) {
      parts.push(holder.command, holder.user, holder.unit, String(holder.pid), ...holder.pending.map(({ name }) => name));
    }
    host.text = parts.filter((part) => part !== null).join("\n").toLowerCase();
  }
  return host.text;
}

// Returns whether a host is among those that are asked for. Each word stands in what is known of the host, or in the
// name of a model on it.
function matcher() {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const searches = words.map((word) => {
    const marked = kindNames().map((name) => name.includes(word));
    return (host) => searchText(host).includes(word) || hasKind(host, marked);
  });
  const others = Object.entries(state.only).map(([name, value]) => exact[name][1](value));
  const tests = [views[state.view][1], ...others, ...searches];
  return (host) => tests.every((test) => test(host));
}

// All hosts in the order that is asked for, which is found once.
function sorted() {
  if (sorted.by !== state.sort || sorted.descending !== state.descending) {
    sorted.by = state.sort;
    sorted.descending = state.descending;
    sorted.hosts = sortedHosts();
  }
  return sorted.hosts;
}

function sortedHosts() {
  const { value } = columns.find(({ key }) => key === state.sort);
  const sign = state.descending ? -1 : 1;
  return hosts
    .map((host) => [value(host), host])
    .sort(([a, first], [b, second]) => {
      // What is not known comes last in either direction.
      if (a === null || b === null) {
        return (a === null) - (b === null) || first.place - second.place;
      }
      return sign * (a < b ? -1 : a > b ? 1 : 0) || first.place - second.place;
    })
    .map(([, host]) => host);
}
