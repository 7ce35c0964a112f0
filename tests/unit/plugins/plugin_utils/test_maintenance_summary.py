# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that the role ocr_maintenance ends with."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._maintenance import describe_run
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._maintenance_summary import (
    failed_hosts,
    results_of,
    summary_lines,
)


def result(*, prune: bool = True, check_mode: bool = False, **values: t.Any) -> dict[str, t.Any]:
    """What the role registers for a host."""
    return {**values, "run": describe_run(values, prune=prune, check_mode=check_mode, time="2026-11-24T12:00:00Z")}


PRUNED = result(changed=True, msg="pruned 2 of 6 models (28.0 MiB freed)", pruned=[1, 2], freed_bytes=28 * 1024**2)
NO_ROOM = result(changed=False, msg="pruned 0 of 1 model (0 B freed)", pruned=[], freed_bytes=0)
FACTS = {"ocr_models": {"count": 1}}


def failure(error: str, name: str = "old_a") -> dict[str, t.Any]:
    """The result of a prune in which one model could not be removed."""
    message = f"1 of 1 models could not be removed; {name}: {error}"
    return result(failed=True, msg=message, failed_models=[{"name": name, "error": error}], pruned=[], kept=[])


def test_hosts_with_something_to_say_causes_of_failures_and_a_total() -> None:
    results = {
        "ocr-01": PRUNED,
        "ocr-02": NO_ROOM,
        "ocr-03": failure("Read-only file system"),
        "ocr-04": result(failed=True, msg="path: /etc is the system directory"),
        "ocr-07": failure("Read-only file system", "old_b"),
        "ocr-08": {"unreachable": True, "msg": "timed out"},
    }
    assert summary_lines(results) == [
        "ocr-01: pruned 2 of 6 models (28.0 MiB freed)",
        "2 hosts: Read-only file system: ocr-03, ocr-07",
        "1 host: path: /etc is the system directory: ocr-04",
        "6 hosts: pruned 2 models (28.0 MiB freed), kept 0, 3 failed, 1 unreachable",
    ]


def test_a_dry_run_says_would_and_a_report_only_how_many() -> None:
    dry = result(check_mode=True, changed=True, msg="would prune 1 of 1 model (5 B freed)", pruned=[1], freed_bytes=5)
    assert summary_lines({"a": dry}) == [
        "a: would prune 1 of 1 model (5 B freed)",
        "1 host: would prune 1 model (5 B freed), kept 0",
    ]
    reports = {
        "a": result(prune=False, msg="1 model", ansible_facts=FACTS),
        "b": result(prune=False, failed=True, msg="no"),
    }
    assert summary_lines(reports) == ["1 host: no: b", "2 hosts: 1 reported, 1 failed"]


def test_a_report_that_could_not_tell_the_models_says_why() -> None:
    results = {
        "a": result(prune=False, msg="1 model", ansible_facts=FACTS),
        "b": result(prune=False, changed=True, msg="The SDK is not in /opt/ocr yet"),
    }
    assert summary_lines(results) == ["b: The SDK is not in /opt/ocr yet", "2 hosts: 1 reported"]


def test_a_task_that_ansible_ended_has_failed() -> None:
    """Nobody knows what it did, so there is no run in its result."""
    ended = {"failed": True, "msg": "Timed out after 5 second(s)."}
    lost = {"failed": True, "unreachable": True, "msg": "timed out"}
    assert summary_lines({"a": PRUNED, "b": ended, "c": lost})[1:] == [
        "1 host: Timed out after 5 second(s).: b",
        "3 hosts: pruned 2 models (28.0 MiB freed), kept 0, 1 failed, 1 unreachable",
    ]


def test_what_stays_or_is_pending_is_said_although_nothing_changed() -> None:
    kept = result(changed=False, msg="pruned 0 of 1 model (0 B freed), 1 in use by 5 (x)", kept=[{}])
    pending = result(changed=False, msg="pruned 0 of 0 models (0 B freed), 5 B pending", pending_bytes=5)
    assert len(summary_lines({"a": kept, "b": pending})) == 3


def test_names_and_texts_of_a_host_cannot_reach_the_terminal() -> None:
    lines = summary_lines({"a": failure("\x1b[31mred\rline"), "b": dict(PRUNED, msg="two\nlines")})
    assert not [line for line in lines if set(line) & set("\x1b\r\n")]


def test_of_many_hosts_with_the_same_cause_ten_are_named() -> None:
    lines = summary_lines({f"h{number:02}": failure("full") for number in range(12)})
    assert lines[0].startswith("12 hosts: full: h00, ") and lines[0].endswith("h09 and 2 more")


def test_each_batch_is_told_of_its_own_hosts() -> None:
    told: dict[str, t.Any] = {"__ocr_maintenance_told": {"msg": []}}
    hostvars = {
        "failed-before": {"ocr_maintenance_result": failure("before"), **told},
        "done-before": {"ocr_maintenance_result": PRUNED, **told},
        "failed-now": {"ocr_maintenance_result": failure("now")},
        "lost-now": {"ocr_maintenance_result": {"unreachable": True}},
        "done-now": {"ocr_maintenance_result": PRUNED, **told},
        "later": {},
    }
    results = results_of(hostvars, batch=["done-now"], hosts=[*hostvars, "unknown"])
    assert summary_lines(results) == [
        "done-now: pruned 2 of 6 models (28.0 MiB freed)",
        "1 host: now: failed-now",
        "2 hosts: pruned 2 models (28.0 MiB freed), kept 0, 1 failed",
    ]


def test_a_host_that_nothing_is_known_of_has_failed() -> None:
    results = {"done": PRUNED, "failed-now": failure("now"), "lost": {"unreachable": True}, "ended": {"failed": True}}
    assert failed_hosts(results, batch=["done", "lost", "silent"]) == ["lost", "silent", "failed-now", "ended"]
    assert failed_hosts({"done": PRUNED, "again": PRUNED}, batch=["again", "done"]) == []
