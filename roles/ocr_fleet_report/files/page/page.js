/*
 * Copyright (c) 2026, the ocrfleet.aspose contributors
 * GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Ties the controls to the table.

const search = document.getElementById("search");
const found = document.getElementById("shown");
const none = document.getElementById("none");
const cut = document.getElementById("cut");
const chips = document.getElementById("chips");
const viewButtons = new Map();
const headers = new Map();
const addresses = location.href.split("#")[0];
let writing;

function button(text, act, properties = {}) {
  const made = element("button", { type: "button", ...properties }, ...[text].flat());
  made.addEventListener("click", act);
  return made;
}

function show() {
  layOut(sorted().filter(matcher()));
  const all = count(hosts.length, "host");
  found.textContent = shown.length === hosts.length ? all : `${grouped.format(shown.length)} of ${all}`;
  none.hidden = shown.length > 0 || hosts.length === 0;
  table.hidden = shown.length === 0;
  cut.hidden = shown.length <= PRINTED;
  cut.textContent = `Printed are the first ${PRINTED} of ${count(shown.length, "host")}. hosts.csv has all of them.`;
  for (const [key, { heading }] of headers) {
    if (key === state.sort) {
      heading.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
    } else {
      heading.removeAttribute("aria-sort");
    }
  }
  for (const [key, made] of viewButtons) {
    made.setAttribute("aria-pressed", String(key === state.view));
  }
  showChips();
}

// What is asked for and has no button of its own, to see and to take away.
function showChips() {
  const asked = Object.entries(state.only).map(([name, value]) => {
    const [label, , shownAs] = exact[name];
    return [label, shownAs?.(value) ?? value, () => delete state.only[name]];
  });
  if (!viewButtons.has(state.view)) {
    asked.unshift(["Show", views[state.view][0], () => (state.view = "all")]);
  }
  chips.replaceChildren(
    ...asked.map(([label, value, drop]) =>
      button([`${label}: `, named(value)], () => {
        drop();
        change();
        search.focus();
      }, { "aria-label": `Remove the filter ${label}: ${value}` }),
    ),
  );
}

function change() {
  show();
  clearTimeout(writing);
  // Browsers refuse to take a new address with each key.
  writing = setTimeout(() => remember("replaceState"), 150);
}

function remember(how) {
  clearTimeout(writing);
  const fragment = fragmentOf(state);
  try {
    history[how](null, "", fragment === "" ? addresses : `#${fragment}`);
  } catch {
    // Inside a frame of another page there may be no address to change; the table works without.
  }
}

function open(fragment) {
  readFragment(fragment);
  search.value = state.q;
  show();
}

function clear() {
  Object.assign(state, { view: "all", only: {}, q: "" });
  search.value = "";
  change();
  search.focus();
}

const headingRow = element("tr", { role: "row", "aria-rowindex": "1" });
for (const { key, title, className, rising } of columns) {
  const heading = element("th", { scope: "col", role: "columnheader", className });
  heading.append(
    button(title, () => {
      state.descending = state.sort === key ? !state.descending : !rising;
      state.sort = key;
      change();
    }),
  );
  headers.set(key, { heading });
  headingRow.append(heading);
}
table.append(element("thead", { role: "rowgroup" }, headingRow));

for (const key of offered) {
  const [name, view] = views[key];
  const matching = hosts.filter(view).length;
  if (matching > 0) {
    const number = element("span", { className: "count", textContent: grouped.format(matching) });
    viewButtons.set(
      key,
      button([`${name} `, number], () => {
        state.view = key;
        change();
      }),
    );
  }
}
document.getElementById("views").append(...viewButtons.values());
none.append(" ", button("Clear the filter", clear));
search.addEventListener("input", () => {
  state.q = search.value;
  change();
});

// A link with filters leads to the table, and the way back leads to what was there before.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#"]');
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (link?.getAttribute("href").includes("=") && plain) {
    event.preventDefault();
    open(link.getAttribute("href"));
    remember("pushState");
    const place = document.getElementById("hosts");
    place.scrollIntoView();
    place.focus({ preventScroll: true });
  }
});
addEventListener("popstate", () => {
  if (location.hash === "" || location.hash.includes("=")) {
    open(location.hash);
  }
});

for (const part of document.querySelectorAll("[data-script]")) {
  part.hidden = false;
}
open(location.hash.includes("=") ? location.hash : "");
if (location.hash.includes("=")) {
  document.getElementById("hosts").scrollIntoView();
}
