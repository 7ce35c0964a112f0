# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole prune with a service in its way. The service writes words into a file; real ones are tried on real hosts."""

from __future__ import annotations

import errno
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import reason_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import services
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.service import Condition, Operation, StepResult
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import release as prune_release
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.calls import prune_once
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import IS_ROOT, make_files, names_in
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.pauses import Words, words
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import OPEN, holding

pytestmark = [
    pytest.mark.usefixtures("own_processes"),
    pytest.mark.skipif(not IS_ROOT, reason="only root stops services"),
]


class Service(Words):
    """What a test makes of the service after its start."""

    error: str | None = None
    lost = False

    def conditions(
        self, operation: Operation, stop: t.Sequence[StepResult], start: t.Sequence[StepResult]
    ) -> dict[str, Condition]:
        if self.lost:
            raise OSError("the init system does not answer")
        return {"ocr": Condition(True, "active", None if self.error else 0.5, self.error)}


@pytest.fixture
def service(area: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """The only service of the host, and the models: one is stale."""
    make_files(models, "old_a", "b")
    service = Service(area / "words")
    monkeypatch.setattr(prune_release, "find_services", lambda _names: service)
    return service


def pruned(models: Path, **options: t.Any) -> t.Any:
    """The report of a prune that may stop it."""
    return prune_once(models, services=["ocr"], **options)


def test_the_service_is_stopped_for_the_removal_and_told_of(models: Path, service: Service) -> None:
    done = pruned(models, release="always")
    assert names_in(models) == ["b"]
    assert words(service.file) == ["stop", "start"]
    assert done.failure is None
    assert done.result["services"] == [
        {"name": "ocr", "was": "active", "stopped": True, "state": "active", "down_seconds": 0.5, "error": None}
    ]


def test_a_dry_run_says_it_and_stops_nothing(models: Path, service: Service) -> None:
    predicted = pruned(models, release="always", check_mode=True)
    assert [(row["name"], row["stopped"]) for row in predicted.result["services"]] == [("ocr", True)]
    assert predicted.result["changed"] is True
    assert words(service.file) == []
    assert names_in(models) == ["b", "old_a"]


def test_nothing_in_use_is_no_reason_to_stop(models: Path, service: Service) -> None:
    done = pruned(models)
    assert (names_in(models), words(service.file)) == (["b"], [])
    assert [row["stopped"] for row in done.result["services"]] == [False]


def test_a_stop_that_fails_fails_the_prune_and_removes_nothing(models: Path, service: Service) -> None:
    service.stop_failure = "could not be stopped"
    done = pruned(models, release="always")
    assert "ocr could not be stopped; nothing was removed" in done.failure
    assert names_in(models) == ["b", "old_a"]
    assert words(service.file) == ["stop", "start"]


def test_a_start_that_fails_fails_the_prune_with_all_that_it_did(models: Path, service: Service) -> None:
    service.error = "could not be started: no licence"
    done = pruned(models, release="always")
    assert "ocr could not be started: no licence" in done.failure
    assert [model["name"] for model in done.result["pruned"]] == ["old_a"]


def test_services_of_which_nothing_can_be_learnt_any_more_do_not_lose_the_result(
    models: Path, service: Service
) -> None:
    service.lost = True
    done = pruned(models, release="always")
    assert "the init system does not answer; look whether the services run" in done.failure
    assert [model["name"] for model in done.result["pruned"]] == ["old_a"]
    assert done.result["services"] == []


@pytest.mark.parametrize("method", ["start", "__exit__"])
@pytest.mark.parametrize("error", [OSError(errno.EIO, os.strerror(errno.EIO)), MemoryError()])
def test_an_error_at_the_end_of_the_pause_does_not_lose_the_result(
    models: Path, service: Service, method: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = getattr(services.Pause, method)

    def broken(pause: services.Pause, *arguments: object) -> None:
        monkeypatch.setattr(services.Pause, method, original)
        original(pause, *arguments)
        raise error

    monkeypatch.setattr(services.Pause, method, broken)
    done = pruned(models, release="always")
    assert f"broke off ({reason_of(error)}); look whether they run" in done.failure
    assert [model["name"] for model in done.result["pruned"]] == ["old_a"]
    assert words(service.file) == ["stop", "start"]


def test_an_error_before_the_pause_fails_all_models_and_removes_none(
    models: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_pause: services.Pause) -> t.NoReturn:
        raise MemoryError

    monkeypatch.setattr(services.Pause, "__enter__", broken)
    done = pruned(models, release="always")
    assert "the pause of the services broke off (out of memory)" in done.failure
    assert [model["error"] for model in done.result["failed_models"]] == ["out of memory"]
    assert names_in(models) == ["b", "old_a"]


def test_what_is_held_although_the_service_is_stopped_stays(models: Path, service: Service) -> None:
    with holding(OPEN, models / "old_a") as process:
        done = pruned(models, release="always")
    (kept,) = [model for model in done.result["kept"] if model["name"] == "old_a"]
    assert f"in use by {process.pid} ({process.command}" in kept["reason"]
    assert names_in(models) == ["b", "old_a"]
    assert words(service.file) == ["stop", "start"]
