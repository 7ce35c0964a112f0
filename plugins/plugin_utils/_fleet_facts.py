# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Tell which facts of a host count, why another one has none, and what failed on a host that has some.

Ansible keeps the facts of successful tasks alone, and with a fact cache also those of earlier runs. So the facts of a
host whose task failed may be old, or lie in a registered result only.
"""

from __future__ import annotations

import typing as t
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import NOT_YET_REACHED
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import mapping_or_nothing
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._hostvars import variables_of

# What the playbook maintain and the role ocr_maintenance leave on a host that is to fail behind the report.
FAILS = "__ocr_maintain_failure"
_RESULT = "ocr_maintenance_result"

LOST = "failed or became unreachable in this run, before it reported"
LOST_LATER = "failed or became unreachable in this run, after it reported"


class HostReport(t.NamedTuple):
    """The facts of a host or null, why it has none as far as is known, what failed on it, what its last run did."""

    facts: object
    reason: str | None = None
    failure: str | None = None
    run: object = None


def report_of(variables: Mapping[str, t.Any], *, lost: bool = False, results: Sequence[str] = ()) -> HostReport:
    """Return what a host reported.

    Takes the variables of the host, whether Ansible gave it up in this run, and the names of the variables in which
    results of modules or of the role were registered: a result is of this run, a fact may be older.
    """
    outcomes = [mapping_or_nothing(variables.get(name)) for name in results]
    returned = [found for found in map(_returned_facts, outcomes) if found is not None]
    for outcome in outcomes:
        if outcome.get("unreachable"):
            return HostReport(None, _reason("unreachable", outcome))
    failure = next((_reason("failed", outcome) for outcome in outcomes if outcome.get("failed")), None)
    published = mapping_or_nothing(variables.get("ansible_facts"))
    run = published.get("ocr_models_run")
    if failure is None and not lost:
        known = [found for found in (published.get("ocr_models"), *returned) if found is not None]
        return HostReport(max(known, key=_gathered, default=None), failure=_failed_run(published), run=run)
    if not returned:
        return HostReport(None, failure or LOST)
    return HostReport(max(returned, key=_gathered), failure=failure or LOST_LATER, run=run)


def collect_reports(
    hostvars: Mapping[str, t.Any],
    *,
    hosts: Iterable[str],
    lost: Collection[str] = (),
    results: Sequence[str] = (),
    waiting: Collection[str] = (),
) -> Iterator[tuple[str, HostReport]]:
    """Yield what each host reported, one after the other: all their variables together take much memory.

    Takes the variables of all hosts, the hosts that matter, those of them that Ansible gave up in this run, the names
    of registered variables, and the hosts whose turn in this run has not come.
    """
    given_up = set(lost)
    for host in hosts:
        if host in waiting:
            yield host, HostReport(None, NOT_YET_REACHED)
            continue
        yield host, report_of(variables_of(hostvars, host), lost=host in given_up, results=results)


def waiting_hosts(
    hostvars: Mapping[str, t.Any],
    *,
    play: Sequence[str],
    active: Collection[str],
    batch: Collection[str],
    results: Sequence[str],
) -> set[str]:
    """Return the hosts of a play with C(serial) whose turn has not come.

    Takes all hosts of the play in their order, those of them that Ansible has not given up, those of the batch, and the
    names of registered variables. A host that had its turn has one; where the play registers none, the hosts behind
    those of the batch wait.
    """
    current, alive = set(batch), set(active)
    others = [host for host in play if host in alive and host not in current]
    if not others:
        return set()
    told = {host for host in [*others, *batch] if any(name in variables_of(hostvars, host) for name in results)}
    if told:
        return set(others) - told
    last = max((index for index, host in enumerate(play) if host in current), default=-1)
    return set(others).intersection(play[last + 1 :])


def play_ends(hostvars: Mapping[str, t.Any], *, batch: Sequence[str], most_failed: object) -> bool:
    """Whether Ansible ends the play after this batch, since too many of its hosts fail behind the report.

    The playbook maintain marks such hosts. ``most_failed`` is the play's C(max_fail_percentage), if it has one; when
    all hosts of a batch fail, Ansible ends the play in any case.
    """
    failed = sum(1 for host in batch if _fails(variables_of(hostvars, host)))
    limit = most_failed if isinstance(most_failed, (int, float)) else 100
    return failed > 0 and (failed == len(batch) or failed * 100 > limit * len(batch))


def _fails(variables: Mapping[str, t.Any]) -> bool:
    return FAILS in variables or bool(mapping_or_nothing(variables.get(_RESULT)).get("unreachable"))


def _returned_facts(outcome: Mapping[str, t.Any]) -> object:
    """Return the facts in a result: the facts module returns them as facts, the others as a value."""
    published = mapping_or_nothing(outcome.get("ansible_facts")).get("ocr_models")
    return outcome.get("ocr_models") if published is None else published


def _gathered(facts: object) -> str:
    """Return when facts were gathered, by the clock of their host, in a form that sorts."""
    time = mapping_or_nothing(facts).get("gathered_at")
    return time if isinstance(time, str) else ""


def _failed_run(published: Mapping[str, t.Any]) -> str | None:
    """Return what failed in the last run of the role, which it publishes beside the facts."""
    run = mapping_or_nothing(published.get("ocr_models_run"))
    if run.get("failure") is None and run.get("outcome") != "failed":
        return None
    what = f"{run.get('kind') or 'run'} of {run.get('time') or 'unknown time'} failed"
    return f"{what}: {str(run.get('failure') or 'no reason given').strip()}"


def _reason(what: str, outcome: Mapping[str, t.Any]) -> str:
    # What ssh says of a lost host has several lines.
    message = " ".join(str(outcome.get("msg") or "").split())
    return f"{what}: {message}" if message else what
