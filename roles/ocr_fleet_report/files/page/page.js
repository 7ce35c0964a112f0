/*
 * Copyright (c) 2026, the ocrfleet.aspose contributors
 * GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Makes the table of hosts sort, filter and open. The page is complete without it, and text from hosts only ever becomes
// text: elements are made by element() alone.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const table = document.getElementById("fleet");
  const body = table.tBodies[0];
  const columns = table.tHead.rows[0].cells.length;
  const alphabetical = new Intl.Collator("en", { numeric: true });

  const views = [
    ["All", () => true],
    ["Stale", (host) => host.stale_count > 0],
    ["Incomplete", (host) => host.incomplete_count > 0],
    ["Pending", (host) => host.pending_bytes > 0],
    ["Drift", (host) => Object.keys(host.differing).length > 0],
    ["Engine failed", (host) => host.engine_state === "failed"],
    ["Failed", (host) => host.failure !== null || host.faults.length > 0],
    ["No report", (host) => host.reason !== null],
  ];

  const sortKeys = {
    disk: (host) => (host.reason === null ? host.bytes + (host.pending_bytes ?? 0) : null),
    engine: (host) => (host.reason === null ? `${host.engine_state} ${host.engine_version ?? ""}` : null),
  };

  const differences = { size: "size differs", checksum: "checksum differs", missing: "most hosts lack it" };

  const entries = data.hosts.map((host, index) => ({ host, row: body.rows[index], panel: null, text: null }));
  const state = { words: [], view: views[0][1], column: "host", descending: false };

  function element(name, properties = {}, ...children) {
    const node = document.createElement(name);
    for (const [property, value] of Object.entries(properties)) {
      if (property in node) {
        node[property] = value;
      } else {
        node.setAttribute(property, value);
      }
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  }

  // Every text is one line already, in which nothing is hidden.
  const untrusted = (text, name = "bdi") => element(name, { textContent: text });

  function size(bytes) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let value = bytes;
    let exponent = 0;
    while (value >= 999.5 && exponent < units.length - 1) {
      value /= 1024;
      exponent += 1;
    }
    const decimals = exponent === 0 || value >= 99.95 ? 0 : value < 9.995 ? 2 : 1;
    return `${value.toFixed(decimals)} ${units[exponent]}`;
  }

  const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

  function searchText(entry) {
    if (entry.text === null) {
      const { host } = entry;
      const parts = [host.host, host.reason, host.failure, ...host.faults, host.path, host.engine_state, host.engine_version, host.engine_message];
      for (const holder of host.holders) {
        parts.push(holder.command, holder.user, holder.unit, String(holder.pid), ...holder.pending.map(({ name }) => name));
      }
      parts.push(...host.models.map(([name]) => name));
      entry.text = parts.filter((part) => part !== null).join("\n").toLowerCase();
    }
    return entry.text;
  }

  function show() {
    let shown = 0;
    for (const entry of entries) {
      const hidden = !state.view(entry.host) || !state.words.every((word) => searchText(entry).includes(word));
      entry.row.hidden = hidden;
      if (entry.panel !== null) {
        entry.panel.hidden = hidden || !entry.row.classList.contains("open");
      }
      shown += hidden ? 0 : 1;
    }
    document.getElementById("shown").textContent =
      shown === entries.length ? count(shown, "host") : `${shown} of ${count(entries.length, "host")}`;
  }

  function sort() {
    const key = sortKeys[state.column] ?? ((host) => host[state.column]);
    const sign = state.descending ? -1 : 1;
    const keyed = entries.map((entry) => [key(entry.host), entry]);
    keyed.sort(([a, first], [b, second]) => {
      // What is not known comes last in either direction.
      if (a === null || b === null) {
        return (a === null) - (b === null) || alphabetical.compare(first.host.host, second.host.host);
      }
      const order = typeof a === "number" ? a - b : alphabetical.compare(a, b);
      return sign * order || alphabetical.compare(first.host.host, second.host.host);
    });
    body.append(...keyed.flatMap(([, { row, panel }]) => (panel === null ? [row] : [row, panel])));
    for (const header of table.tHead.rows[0].cells) {
      if (header.dataset.sort === state.column) {
        header.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      } else {
        header.removeAttribute("aria-sort");
      }
    }
  }

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

  function bytes(number) {
    return element("data", { value: String(number), title: `${number} bytes`, textContent: size(number) });
  }

  function time(text) {
    return element("time", { dateTime: text, textContent: text.slice(0, text.indexOf(":") + 3).replace("T", " ") });
  }

  function badge(text, kind = "") {
    return element("span", { className: `badge ${kind}`, textContent: text });
  }

  function modelRow(host, values) {
    const model = Object.fromEntries(data.model_columns.map((name, index) => [name, values[index]]));
    const differs = (host.differing[model.name] ?? []).map((kind) => badge(differences[kind], "drift"));
    const use = model.in_use === null ? "unknown" : model.in_use ? "yes" : "no";
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, untrusted(model.name), ...differs.flatMap((mark) => [" ", mark])),
      element("td", {}, badge(model.status, model.status)),
      element("td", { className: "number" }, bytes(model.bytes)),
      element("td", {}, model.modified === null ? "unknown" : time(model.modified)),
      element("td", { textContent: use }),
      element("td", {}, model.checksum === null ? "" : untrusted(model.checksum, "code")),
    );
  }

  function holderRow(holder) {
    const names = (list) => list.flatMap((name, index) => (index === 0 ? [untrusted(name)] : [", ", untrusted(name)]));
    const pending = holder.pending.flatMap(({ name, bytes: held }, index) => [
      index === 0 ? "" : ", ",
      untrusted(name),
      " ",
      bytes(held),
    ]);
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, String(holder.pid), " ", untrusted(holder.command ?? "")),
      element("td", {}, untrusted(holder.user ?? "")),
      element("td", {}, untrusted(holder.unit ?? "")),
      element("td", {}, ...names(holder.models)),
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
    const shown = [untrusted(directory.path, "code"), notes.length === 0 ? "" : untrusted(` (${notes.join(", ")})`)];
    return [
      ["Model directory", element("span", {}, ...shown)],
      ["Disk", free === null ? null : `${size(free)} free of ${size(directory.disk_total_bytes ?? 0)}`],
    ];
  }

  function panelOf({ host }) {
    const engine = [host.engine_state, host.engine_version, host.engine_message].filter((part) => part !== null);
    const lacks = Object.entries(host.differing).filter(
      ([name, kinds]) => kinds.includes("missing") && !host.models.some(([present]) => present === name),
    );
    return element(
      "div",
      { className: "panel" },
      description([
        ...host.directories.flatMap(directoryPairs),
        ["Engine", untrusted(engine.join(", "))],
        ["Gathered", host.gathered_at],
        ["Failed", host.failure === null ? null : untrusted(host.failure)],
        ["Facts left out", host.faults.length === 0 ? null : untrusted(host.faults.join("; "))],
        ["Lacks", lacks.length === 0 ? null : untrusted(lacks.map(([name]) => name).join(", "))],
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
        count(host.models.length, "model"),
        host.models.length === 0
          ? element("p", { textContent: "The model directory holds no models." })
          : scrollable(
              `Models on ${host.host}`,
              tableOf(
                ["Name", "Status", "Size", "Modified (UTC)", "In use", "Checksum"],
                host.models.map((values) => modelRow(host, values)),
              ),
            ),
      ),
    );
  }

  function toggle(entry, button, id) {
    const open = button.getAttribute("aria-expanded") !== "true";
    if (entry.panel === null) {
      entry.panel = element("tr", { className: "details", id }, element("td", { colSpan: columns }, panelOf(entry)));
      entry.row.after(entry.panel);
      button.setAttribute("aria-controls", id);
    }
    entry.row.classList.toggle("open", open);
    entry.panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  }

  for (const [index, entry] of entries.entries()) {
    if (entry.host.reason === null) {
      const name = entry.row.querySelector(".host");
      const button = element("button", { type: "button", className: "host", "aria-expanded": "false" }, untrusted(entry.host.host));
      button.addEventListener("click", () => toggle(entry, button, `host-${index}`));
      name.replaceWith(button);
    }
  }

  for (const header of table.tHead.rows[0].cells) {
    const button = element("button", { type: "button", textContent: header.textContent });
    button.addEventListener("click", () => {
      const column = header.dataset.sort;
      const textual = ["host", "engine"].includes(column);
      state.descending = state.column === column ? !state.descending : !textual;
      state.column = column;
      sort();
    });
    header.replaceChildren(button);
  }

  for (const [name, view] of views) {
    const matching = data.hosts.filter(view).length;
    if (matching > 0) {
      const number = element("span", { className: "count", textContent: String(matching) });
      const button = element("button", { type: "button", "aria-pressed": String(view === state.view) }, `${name} `, number);
      button.addEventListener("click", () => {
        state.view = view;
        for (const other of button.parentElement.children) {
          other.setAttribute("aria-pressed", String(other === button));
        }
        show();
      });
      document.getElementById("views").append(button);
    }
  }

  const search = document.getElementById("search");
  search.addEventListener("input", () => {
    state.words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    show();
  });
  document.getElementById("controls").hidden = false;
  sort();
})();
