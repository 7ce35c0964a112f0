/*
 * Copyright (c) 2026, the ocrfleet.aspose contributors
 * GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Makes elements. Text from hosts only ever becomes text: elements are made by element() and drawn() alone.

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

function drawn(name, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) {
    node.setAttribute(attribute, value);
  }
  node.append(...children);
  return node;
}

// Every text is one line already, in which nothing is hidden.
const untrusted = (text, name = "bdi") => element(name, { textContent: text });

// A name breaks after its separators, so that no line ends inside a word.
function named(text, name = "bdi") {
  const parts = text.match(/[^-._/:@\\]*[-._/:@\\]+|[^-._/:@\\]+/g) ?? [];
  return element(name, {}, ...parts.flatMap((part, index) => (index === 0 ? [part] : [element("wbr"), part])));
}

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

const grouped = new Intl.NumberFormat("en");
const count = (number, noun) => `${grouped.format(number)} ${noun}${number === 1 ? "" : "s"}`;
const minute = (text) => text.slice(0, text.indexOf(":") + 3).replace("T", " ");
const time = (text) => element("time", { dateTime: text, textContent: minute(text) });
const badge = (text, kind = "") => element("span", { className: `badge ${kind}`, textContent: text });
const bytes = (number) => element("data", { value: String(number), title: `${number} bytes`, textContent: size(number) });

// The parts that are not empty, on a line that is `whole` long. Each can be seen: it is at least a few thousandths long.
function bar(parts, whole) {
  const filled = parts.filter(([, length]) => length > 0);
  let start = 0;
  const rects = filled.map(([kind, length]) => {
    const width = Math.min(Math.max(Math.round((1000 * length) / whole), 6), 1000 - start);
    start += width;
    return drawn("rect", { class: kind, x: start - width, width, height: 10 });
  });
  const label = filled.map(([kind, length]) => `${kind} ${size(length)}`).join(", ");
  const box = { class: "bar", role: "img", viewBox: "0 0 1000 10", preserveAspectRatio: "none" };
  return drawn("svg", { ...box, "aria-label": label }, ...rects);
}
