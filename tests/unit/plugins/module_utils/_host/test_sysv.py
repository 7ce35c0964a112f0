# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that are init scripts. Whole prunes with real ones are tried on the hosts of tests/fleet."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import sysv
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.sysv import SysV


@pytest.fixture
def statuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int | None]:
    """What the status of each script ends with; ocr and batch run, idle does not, odd does not tell."""
    known: dict[str, int | None] = {"ocr": 0, "batch": 0, "idle": 3, "odd": 1}
    for name in known:
        (tmp_path / name).touch(mode=0o755)
    (tmp_path / "README").touch(mode=0o644)

    def run_steps(steps: t.Sequence[t.Mapping[str, t.Any]], _timeout: float) -> list[dict[str, t.Any]]:
        assert all(step["run"][0] == "service" and step["run"][2] == "status" for step in steps)
        return [result(known[step["run"][1]]) for step in steps]

    monkeypatch.setattr(sysv, "_FOLDERS", (str(tmp_path / "none"), str(tmp_path)))
    monkeypatch.setattr(sysv, "run_steps", run_steps)
    return known


def result(status: int | None, output: str = "", began: float = 1.0) -> dict[str, t.Any]:
    """What the helper says of a step."""
    return {"status": status, "output": output, "began": began, "ended": began + 0.25}


def test_a_script_is_found_by_its_name_with_or_without_suffix(statuses: dict[str, int | None]) -> None:
    known = SysV(["ocr.service", "idle", "ocr", "odd"])
    assert [(service.name, service.was) for service in known.services] == [
        ("ocr", "active"),
        ("idle", "inactive"),
        ("odd", "unknown"),
    ]
    assert [known.runs(name) for name in ("ocr", "idle", "odd")] == [True, False, True]
    assert known.ends("ocr") is None


@pytest.mark.parametrize("name", ["orc", "README", "../ocr", "-ocr", "ocr*", "o cr", ""])
def test_what_is_no_script_is_refused(statuses: dict[str, int | None], name: str) -> None:
    with pytest.raises(OcrModelError, match=r"services: .*nothing was touched"):
        SysV(["ocr", name])


def test_scripts_are_stopped_in_order_and_started_in_reverse(statuses: dict[str, int | None]) -> None:
    operation = SysV(["ocr", "idle", "batch"]).operation(["ocr", "idle", "batch"])
    assert [step["run"] for step in operation.stop] == [["service", "ocr", "stop"], ["service", "batch", "stop"]]
    assert [(step["unless"], step["run"]) for step in operation.start] == [
        (["service", "batch", "status"], ["service", "batch", "start"]),
        (["service", "ocr", "status"], ["service", "ocr", "start"]),
    ]
    # One may run its daemon in the foreground: to end it would end the service.
    assert [step.get("patient") for step in (*operation.stop, *operation.start)] == [None, None, True, True]
    assert [noted.ran for noted in operation.noted] == [True, False, True]


@pytest.mark.parametrize(
    "status, stop, failure",
    [
        (3, result(0), None),
        (1, result(0), None),
        (3, result(1, "stopping\nno permission\n"), "was not stopped (exit status 1): no permission"),
        (3, result(None), "was not stopped in time"),
        (0, result(0, "done"), "still runs after its stop (exit status 0): done"),
    ],
)
def test_whether_a_stop_succeeded(
    statuses: dict[str, int | None], status: int, stop: dict[str, t.Any], failure: str | None
) -> None:
    known = SysV(["ocr"])
    operation = known.operation(["ocr"])
    statuses["ocr"] = status
    assert known.stop_failures(operation, [stop]) == ({} if failure is None else {"ocr": failure})


@pytest.mark.parametrize(
    "status, start, condition",
    [
        (0, result(0, began=3.0), (True, "active", 2.25, None)),
        (0, result(1, began=3.0), (True, "active", 2.25, None)),
        (1, result(0, began=3.0), (True, "unknown", 2.25, None)),
        (3, result(1, "no license", 3.0), (True, "inactive", None, "did not start again (exit status 1): no license")),
        (1, result(None, began=3.0), (True, "unknown", 2.25, "did not start again in time")),
    ],
)
def test_whether_a_start_succeeded(
    statuses: dict[str, int | None], status: int, start: dict[str, t.Any], condition: tuple[t.Any, ...]
) -> None:
    known = SysV(["ocr", "idle"])
    operation = known.operation(["ocr", "idle"])
    statuses["ocr"] = status
    assert known.conditions(operation, [result(0)], [start]) == {
        "ocr": condition,
        "idle": (False, "inactive", None, None),
    }
