/*
 * Copyright (c) 2026, the ocrfleet.aspose contributors
 * GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// The table of hosts. Its rows come in blocks, a tbody each. Of many hosts, only blocks near what is seen have rows; the
// others keep their place. A row that was made once stays the same, and a block with the focus keeps its rows.

const BLOCK = 50;
// So many rows cost a browser nothing, and it can then search them itself.
const FEW = 200;
// What is printed at most: more would be a book.
const PRINTED = 500;

const table = document.getElementById("fleet");
let shown = [];
let blocks = [];
let rowHeight = 41;
let printing = false;

const near = new IntersectionObserver(
  (seen) => {
    for (const { target, isIntersecting } of seen) {
      const block = blocks.find(({ body }) => body === target);
      if (block !== undefined && !printing) {
        (isIntersecting ? fill : drain)(block);
      }
    }
  },
  { rootMargin: "1000px 0px" },
);

function makeRow(host) {
  if (host.row === undefined) {
    if (known(host)) {
      const id = `host-${host.place}`;
      host.button = element("button", { type: "button", className: "host", "aria-expanded": "false" }, named(host.host));
      host.button.addEventListener("click", () => toggle(host, id));
      host.row = rowOf(host, host.button);
    } else {
      host.row = rowOf(host, named(host.host, "bdi"));
      host.row.querySelector("bdi").className = "host";
    }
  }
  return host.open ? [host.row, host.panel] : [host.row];
}

function fill(block) {
  if (!block.filled) {
    block.body.replaceChildren(...block.hosts.flatMap(makeRow));
    block.filled = true;
    number();
  }
}

function drain(block) {
  if (!block.filled || blocks.length <= FEW / BLOCK || block.body.contains(document.activeElement)) {
    return;
  }
  block.height = block.body.getBoundingClientRect().height;
  rowHeight = block.height / block.hosts.length;
  block.filled = false;
  hold(block);
}

// Put in a block's place what is as high as its rows are, or will be.
function hold(block) {
  const cell = element("td", { colSpan: columns.length });
  cell.style.height = `${block.height ?? rowHeight * block.hosts.length}px`;
  block.body.replaceChildren(element("tr", { className: "room", "aria-hidden": "true" }, cell));
}

// Where a row stands among all, of which only some are on the page.
function number() {
  let at = 1;
  for (const host of shown) {
    at += 1;
    host.row?.setAttribute("aria-rowindex", at);
    if (host.open) {
      at += 1;
      host.panel.setAttribute("aria-rowindex", at);
    }
  }
  table.setAttribute("aria-rowcount", at);
}

function layOut(order) {
  if (order.length === shown.length && order.every((host, place) => host === shown[place])) {
    return;
  }
  shown = order;
  near.disconnect();
  blocks.forEach(({ body }) => body.remove());
  blocks = [];
  for (let first = 0; first < shown.length; first += BLOCK) {
    const part = shown.slice(first, first + BLOCK);
    blocks.push({ hosts: part, body: element("tbody", { role: "rowgroup" }), filled: false });
  }
  for (const [index, block] of blocks.entries()) {
    if (shown.length <= FEW || index < 1) {
      block.body.append(...block.hosts.flatMap(makeRow));
      block.filled = true;
    } else {
      hold(block);
    }
  }
  table.append(...blocks.map(({ body }) => body));
  if (shown.length > FEW) {
    blocks.forEach(({ body }) => near.observe(body));
  }
  number();
}

function toggle(host, id) {
  host.open = !host.open;
  host.button.setAttribute("aria-expanded", String(host.open));
  host.row.classList.toggle("open", host.open);
  if (host.panel === undefined) {
    const cell = element("td", { colSpan: columns.length, role: "cell" }, panelOf(host));
    host.panel = element("tr", { className: "details", role: "row", id }, cell);
    host.button.setAttribute("aria-controls", id);
  }
  if (host.open) {
    host.row.after(host.panel);
  } else {
    host.panel.remove();
  }
  number();
}

// On paper there is no scrolling: what is printed has its rows, and what is left out is said.
function printed(on) {
  printing = on;
  if (on) {
    blocks.slice(0, PRINTED / BLOCK).forEach(fill);
    blocks.slice(PRINTED / BLOCK).forEach(({ body }) => {
      body.hidden = true;
    });
  } else {
    blocks.forEach(({ body }) => {
      body.hidden = false;
    });
  }
}
addEventListener("beforeprint", () => printed(true));
addEventListener("afterprint", () => printed(false));
matchMedia("print").addEventListener("change", ({ matches }) => printed(matches));
