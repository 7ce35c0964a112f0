# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Say in a few lines what a run did to the hosts of a batch. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import mapping_or_nothing
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import counted, human_size, some, visible
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._hostvars import variables_of
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._maintenance import DRY_RUN, FAILED, REPORT, SUCCEEDED

RESULT = "ocr_maintenance_result"
TOLD = "__ocr_maintenance_told"

_SHOWN_HOSTS = 10
_NOTHING: Mapping[str, t.Any] = {}


def results_of(
    hostvars: Mapping[str, t.Any], *, batch: Iterable[str], hosts: Iterable[str]
) -> dict[str, Mapping[str, t.Any]]:
    """Return what the role registered for each host that this batch is to be told about.

    ``batch`` are the hosts that are still part of the play. Those that failed are not any more: of all ``hosts`` of the
    play, they are the ones with a failure that nobody has been told about yet. Of a host that was lost Ansible tells.
    """
    results: dict[str, Mapping[str, t.Any]] = {}
    remaining = set(batch)
    for host in hosts:
        variables = variables_of(hostvars, host)
        result = variables.get(RESULT)
        if isinstance(result, Mapping) and (host in remaining or (result.get("failed") and TOLD not in variables)):
            results[host] = result
    return results


def failed_hosts(results: Mapping[str, Mapping[str, t.Any]], *, batch: Iterable[str]) -> list[str]:
    """Return the hosts of a batch, and others in ``results``, that no run is known to have succeeded on."""
    return [
        host for host in dict.fromkeys([*batch, *results]) if _run_of(results.get(host)).get("outcome") != SUCCEEDED
    ]


def _run_of(result: Mapping[str, t.Any] | None) -> Mapping[str, t.Any]:
    return mapping_or_nothing((result or _NOTHING).get("run"))


def summary_lines(results: Mapping[str, Mapping[str, t.Any]]) -> list[str]:
    """Return one line for each host with something to say, one for each cause of failures, and a total."""
    lines = []
    failures: dict[str, list[str]] = {}
    for host, result in results.items():
        run = result.get("run")
        if _failed(result, run):
            failures.setdefault(_cause(result), []).append(host)
        elif isinstance(run, Mapping) and _has_something_to_say(result, run):
            lines.append(f"{host}: {visible(str(result.get('msg')))}")
    lines += [
        f"{counted(len(names), 'host')}: {cause}: {some(names, _SHOWN_HOSTS)}" for cause, names in failures.items()
    ]
    return [*lines, _total(results, failed=sum(map(len, failures.values())))]


def _failed(result: Mapping[str, t.Any], run: object) -> bool:
    if isinstance(run, Mapping):
        return bool(run.get("outcome") == FAILED)
    # Ansible itself ended the task, as it does when its time is over.
    return bool(result.get("failed")) and not result.get("unreachable")


def _has_something_to_say(result: Mapping[str, t.Any], run: Mapping[str, t.Any]) -> bool:
    if run.get("kind") == REPORT:
        # A dry run without the SDK, which would know the directory, tells only what it could not see.
        return not _knows_models(result)
    return bool(result.get("changed") or result.get("kept") or result.get("pending_bytes"))


def _knows_models(result: Mapping[str, t.Any]) -> bool:
    return "ocr_models" in (result.get("ansible_facts") or _NOTHING)


def _cause(result: Mapping[str, t.Any]) -> str:
    """Return why a host failed, so that hosts with the same cause have the same text."""
    errors = {str(model.get("error")) for model in result.get("failed_models") or () if isinstance(model, Mapping)}
    return visible(errors.pop() if len(errors) == 1 else str(result.get("msg") or "no reason given").strip())


def _total(results: Mapping[str, Mapping[str, t.Any]], *, failed: int) -> str:
    runs = [run for run in map(_run_of, results.values()) if run]
    parts = [counted(len(results), "host")]
    if any(run.get("kind") != REPORT for run in runs):
        verb = "would prune" if any(run.get("kind") == DRY_RUN for run in runs) else "pruned"
        pruned, freed, kept = (sum(int(run.get(name) or 0) for run in runs) for name in ("pruned", "freed", "kept"))
        exact = all(result.get("freed_bytes_exact", True) for result in results.values())
        size = ("" if exact else "at most ") + human_size(freed)
        parts.append(f"{verb} {pruned} model{'' if pruned == 1 else 's'} ({size} freed), kept {kept}")
    else:
        parts.append(f"{sum(map(_knows_models, results.values()))} reported")
    if failed:
        parts.append(f"{failed} failed")
    lost = sum(bool(result.get("unreachable")) for result in results.values())
    if lost:
        parts.append(f"{lost} unreachable")
    return f"{parts[0]}: {', '.join(parts[1:])}"
