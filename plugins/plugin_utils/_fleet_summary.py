# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Condense the facts of many hosts into one summary. Pure: the same facts give the same summary, in the same order."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import USUAL_LIMITS, Limits, needed_actions
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import MalformedFacts, Row
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import HOST_COLUMNS, MODEL_COLUMNS
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import visible
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._drift import drift_of
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_facts import HostReport
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_totals import by_group, by_model, fleet_totals
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._host_facts import HostFacts, read_host_facts
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._run_facts import read_run

_MODEL_COLUMNS = tuple(column.name for column in MODEL_COLUMNS)
_HOST_COLUMNS = tuple(column.name for column in HOST_COLUMNS)

NEVER_REPORTED = "never reported"
WHOLE_FLEET = "all"


def summarize_fleet(
    reports: Iterable[tuple[object, HostReport]],
    *,
    groups: Mapping[t.Any, Iterable[object]] | None = None,
    limits: Limits = USUAL_LIMITS,
) -> dict[str, t.Any]:
    """Return totals, also by model and group, what needs action, rows of hosts and models, and the drift in each group.

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
    named = {} if groups is None else {str(name): set(map(str, of)) for name, of in sorted(groups.items())}
    members = {WHOLE_FLEET: set(hosts)} if groups is None else named
    drift: list[Row] = []
    for group in sorted(members):
        compared = sorted(reported.keys() & members[group])
        drift.extend(drift_of(visible(group), {host: reported[host].models for host in compared}))
    rows = [
        {**_host_row(host, reported.get(host), missing.get(host), failures.get(host)), **runs[host]} for host in hosts
    ]
    for host, row in zip(hosts, rows, strict=True):
        row["groups"] = [visible(group) for group in named if host in named[group]]
    models = [_model_row(host, model) for host in sorted(reported) for model in reported[host].models]
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
        "by_model": by_model(models),
        "by_group": by_group(rows),
        "hosts": rows,
        "drift": drift,
        "models": models,
    }


def _host_row(host: str, found: HostFacts | None, reason: str | None, failure: str | None) -> Row:
    row: Row = {"host": visible(host), "reason": reason and visible(reason), "failure": visible(failure or "") or None}
    row["faults"] = []
    if found is None:
        unknown = {name: None for name in _HOST_COLUMNS if name not in row}
        return {**row, **unknown, "directories": [], "holders": [], "required": []}
    return {**row, "faults": found.faults, **found.columns}


def _model_row(host: str, model: Row) -> Row:
    row = {"host": visible(host), **model}
    return {name: row[name] for name in _MODEL_COLUMNS}
