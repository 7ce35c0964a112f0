/*
 * Copyright (c) 2026, the ocrfleet.aspose contributors
 * GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Unpacks the data of the page: see plugins/plugin_utils/_page_data.py for its form.

const data = JSON.parse(document.getElementById("data").textContent);

// A packed column: its values, and where in them that of a row is.
function column(packed) {
  if (Array.isArray(packed)) {
    return { of: packed, at: (row) => row };
  }
  return { of: packed.of, at: packed.at === undefined ? () => 0 : (row) => packed.at[row] };
}

const models = Object.fromEntries(Object.entries(data.models).map(([name, packed]) => [name, column(packed)]));
const kindColumn = Object.fromEntries(data.kind_columns.map((name, index) => [name, index]));

const hosts = Array.from({ length: data.count }, (_, number) => ({ number }));
for (const [name, packed] of Object.entries(data.hosts)) {
  const { of, at } = column(packed);
  hosts.forEach((host, row) => {
    host[name] = of[at(row)];
  });
}

// What is known of the disk that is nearest to being full, and of the directories on it: there may be several disks.
function onTheDisk(host) {
  const isThere = ({ disk_total_bytes: total, disk_available_bytes: available }) =>
    total === host.disk_total_bytes && available === host.disk_available_bytes;
  return host.directories.filter(isThere);
}

// The models of a host lie side by side. `parts` is what is known to be on its disk, by status.
let next = 0;
for (const host of hosts) {
  host.directories = host.directories.map((values) =>
    Object.fromEntries(data.directory_columns.map((name, place) => [name, values[place]])),
  );
  const chosen = onTheDisk(host);
  const paths = new Set(chosen.map(({ path }) => path));
  host.parts = { current: 0, stale: 0, incomplete: 0, pending: 0 };
  host.parts.pending = chosen.reduce((sum, directory) => sum + (directory.pending_bytes ?? 0), 0);
  host.first = next;
  next += host.listed;
  for (let row = host.first; row < next; row += 1) {
    const kind = models.kind.of[models.kind.at(row)];
    if (paths.has(kind[kindColumn.path])) {
      host.parts[kind[kindColumn.status]] += kind[kindColumn.allocated_bytes];
    }
  }
}

function modelsOf(host) {
  return Array.from({ length: host.listed }, (_, index) => {
    const row = host.first + index;
    const kind = models.kind.of[models.kind.at(row)];
    return Object.fromEntries([
      ...data.kind_columns.map((name, place) => [name, kind[place]]),
      ...Object.entries(models).map(([name, { of, at }]) => [name, of[at(row)]]),
    ]);
  });
}

// Whether a host has a model of one of the kinds that are marked.
function hasKind(host, marked) {
  for (let row = host.first; row < host.first + host.listed; row += 1) {
    if (marked[models.kind.at(row)]) {
      return true;
    }
  }
  return false;
}

const markKinds = (wanted) => models.kind.of.map((kind) => wanted(kind[kindColumn.name]));

// In the order of people, who count: each host's place in it is found once.
const alphabetical = new Intl.Collator("en", { numeric: true });
hosts
  .map((host) => host)
  .sort((a, b) => alphabetical.compare(a.host, b.host))
  .forEach((host, place) => {
    host.place = place;
  });

const known = (host) => host.reason === null;
const diskKnown = (host) => known(host) && host.disk_total_bytes !== null && host.disk_available_bytes !== null;
const failed = (host) => host.failure !== null || host.faults.length > 0;
