# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Condense the facts of many hosts into one summary. Pure: the same facts give the same summary, in the same order."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from collections.abc import Iterable, Mapping

from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.totals import COUNTERS, NULLABLE_COUNTERS
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import USUAL_LIMITS, Limits, needed_actions
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import MalformedFacts, Row
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import MODEL_COLUMNS
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import visible
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_facts import HostReport
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_totals import fleet_totals
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._host_facts import (
    ALLOCATED,
    REQUIRED_COUNTERS,
    STATUSES,
    HostFacts,
    read_host_facts,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._run_facts import read_run

_MODEL_COLUMNS = tuple(column.name for column in MODEL_COLUMNS)

NEVER_REPORTED = "never reported"
WHOLE_FLEET = "all"
PRESENT, MISSING = "present", "missing"

_COLUMNS_WITHOUT_FACTS: Row = dict.fromkeys(
    (
        "path",
        "gathered_at",
        "exists",
        *COUNTERS,
        *NULLABLE_COUNTERS,
        "disk_total_bytes",
        "disk_available_bytes",
        "engine_state",
        "engine_version",
        "engine_message",
        *REQUIRED_COUNTERS,
        *ALLOCATED,
        "reclaimable_bytes",
    )
)


def summarize_fleet(
    reports: Iterable[tuple[object, HostReport]],
    *,
    groups: Mapping[t.Any, Iterable[object]] | None = None,
    limits: Limits = USUAL_LIMITS,
) -> dict[str, t.Any]:
    """Return totals, one row per host, one row per host and model, the drift inside each group, and what needs action.

    Takes what each host reported, one after the other: facts of a host with a reason do not count. A host whose facts
    cannot be used is listed as missing, and why; what is wrong with a part of them stands in the host's row. Groups
    name the hosts that ought to have the same models; without them, those are all hosts. Sizes are in bytes.
    """
    reported: dict[str, HostFacts] = {}
    missing: dict[str, str] = {}
    failures: dict[str, str] = {}
    runs: dict[str, Row] = {}
    for given, report in reports:
        host, reason = str(given), report.reason
        runs[host] = read_run(report.run)
        if reason is None:
            try:
                if report.facts is not None:
                    reported[host] = read_host_facts(report.facts)
            except MalformedFacts as error:
                reason = f"malformed facts: {error}"
        if host in reported:
            failures[host] = str(report.failure or "")
        else:
            missing[host] = str(reason or report.failure or NEVER_REPORTED)

    hosts = sorted(reported.keys() | missing.keys())
    members = {WHOLE_FLEET: hosts} if groups is None else {str(name): map(str, of) for name, of in groups.items()}
    drift: list[Row] = []
    for group in sorted(members):
        compared = sorted(reported.keys() & set(members[group]))
        drift.extend(_drift(visible(group), {host: reported[host].models for host in compared}))
    rows = [
        {**_host_row(host, reported.get(host), missing.get(host), failures.get(host)), **runs[host]} for host in hosts
    ]
    actions = needed_actions(rows, limits)
    for row in rows:
        row["causes"] = []
    by_host = {row["host"]: row for row in rows}
    for action in actions:
        for host in action["hosts"]:
            by_host[host]["causes"].append(action["key"])
    return {
        "totals": fleet_totals(rows),
        "actions": actions,
        "hosts": rows,
        "models": [_model_row(host, model) for host in sorted(reported) for model in reported[host].models],
        "drift": drift,
    }


def _host_row(host: str, found: HostFacts | None, reason: str | None, failure: str | None) -> Row:
    row: Row = {"host": visible(host), "reason": reason and visible(reason), "failure": visible(failure or "") or None}
    row["faults"] = []
    if found is None:
        return {**row, **_COLUMNS_WITHOUT_FACTS, "directories": [], "holders": [], "required": []}
    return {**row, "faults": found.faults, **found.columns}


def _model_row(host: str, model: Row) -> Row:
    row = {"host": visible(host), **model}
    return {name: row[name] for name in _MODEL_COLUMNS}


def _drift(group: str, models_of: Mapping[str, list[Row]]) -> t.Iterator[Row]:
    # A host may have a name several times, in directories of their own.
    found: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for host, models in models_of.items():
        for model in models:
            found[model["name"]][host].append(model)
    for name in sorted(found):
        status = min((model["status"] for models in found[name].values() for model in models), key=STATUSES.index)
        for kind, variants, outliers in (
            ("checksum", *_variants(found[name], "checksum")),
            ("missing", *_absences(list(found[name]), models_of.keys())),
            ("size", *_variants(found[name], "bytes")),
        ):
            if len(variants) > 1:
                yield {
                    "group": group,
                    "name": name,
                    "status": status,
                    "kind": kind,
                    "variants": variants,
                    "outliers": outliers,
                }


def _variants(found: Mapping[str, list[Row]], column: str) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Return how many hosts have which value of the column, and the hosts that differ from the most common value."""
    hosts_by_value: dict[t.Any, list[str]] = defaultdict(list)
    for host, models in found.items():
        for value in {model[column] for model in models if model[column] is not None}:
            hosts_by_value[value].append(visible(host))
    values = sorted(hosts_by_value)
    # max() returns the first of equals, and the values are sorted: the same facts name the same hosts.
    common = max(values, key=lambda value: len(hosts_by_value[value]), default=None)
    counts = {str(value): len(hosts_by_value[value]) for value in values}
    return counts, {str(value): hosts_by_value[value] for value in values if value != common}


def _absences(having: list[str], hosts: t.Collection[str]) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Return how many hosts have a model and how many lack it, and by name the fewer of the two.

    Naming the fewer keeps the summary as large as the fleet's models, not as large as models times hosts.
    """
    lacking = len(hosts) - len(having)
    if not lacking:
        return {}, {}
    if lacking > len(having):
        outliers = {PRESENT: [visible(host) for host in having]}
    else:
        present = set(having)
        outliers = {MISSING: [visible(host) for host in hosts if host not in present]}
    return {MISSING: lacking, PRESENT: len(having)}, outliers
