# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of the backup sets of a model directory."""

from __future__ import annotations

import os
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import run as restore_run
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.calls import prune_once, restore
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import listing, make_files, make_link

pytestmark = pytest.mark.usefixtures("own_processes")


def list_sets(models: Path, backups: Path) -> tuple[list[dict[str, t.Any]], str]:
    """List the sets, which has to change nothing; return them and the summary."""
    before = listing(backups)
    options = restore_run.RestoreOptions((("path", str(models)),), str(backups), (), (), False, list_only=True)
    report = restore_run.restore(options, check_mode=False)
    assert listing(backups) == before
    assert (report.failure, report.warnings, report.result["changed"]) == (None, [], False)
    sets: list[dict[str, t.Any]] = report.result["sets"]
    return sets, report.result["msg"]


def make_set(models: Path, backups: Path, *names: str) -> str:
    """Prune such models, and return the name of their set."""
    make_files(models, *names)
    name: str = prune_once(models, backup_dir=backups).result["backup"]
    return name


def test_what_is_said_of_a_set(models: Path, backups: Path) -> None:
    make_link(models / "old_link", "nowhere")
    name = make_set(models, backups, "old_a", "old_sub/b")
    sets, summary = list_sets(models, backups)
    host = os.uname().nodename
    assert sets == [
        {
            "name": name,
            "time": f"{name[:13]}:{name[14:16]}:{name[17:19]}Z",
            "host": host,
            "models": 3,
            "bytes": len("old_a") + len("old_sub/b"),
            "complete": True,
            "restorable": True,
            "reason": None,
            "directory": str(models),
        }
    ]
    assert summary == f"1 backup set of {models} in {backups}; {name}: 3 models (14 B), of host {host}"


def test_the_newest_set_comes_last_whatever_its_date(models: Path, backups: Path) -> None:
    made = [make_set(models, backups, name) for name in ("old_a", "old_b", "old_c")]
    (backups / made[0]).rename(backups / "2999-01-01T00-00-00.000000Z")
    sets, _summary = list_sets(models, backups)
    assert [found["name"] for found in sets] == ["2999-01-01T00-00-00.000000Z", *made[1:]]


def test_what_was_restored_is_counted_no_more(models: Path, backups: Path) -> None:
    make_set(models, backups, "old_a", "old_b")
    restore(models, backups, names=["old_a"])
    (found,), _summary = list_sets(models, backups)
    assert (found["models"], found["bytes"], found["restorable"]) == (1, 5, True)
    restore(models, backups)
    (found,), summary = list_sets(models, backups)
    assert (found["models"], found["bytes"], found["restorable"]) == (0, 0, False)
    assert found["reason"].startswith("nothing is left in it")
    assert "cannot be restored" in summary


def test_a_set_of_a_killed_prune_is_not_complete(models: Path, backups: Path) -> None:
    manifest = backups / make_set(models, backups, "old_a") / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes().rpartition(b'{"ended"')[0])
    (found,), summary = list_sets(models, backups)
    assert (found["complete"], found["restorable"]) == (False, True)
    assert "from a prune that was killed" in summary


@pytest.mark.parametrize(
    "damage, reason", [("manifest", "is damaged"), ("no manifest", "has no manifest"), ("mode", "cannot be trusted")]
)
def test_a_set_that_cannot_be_used_says_why(models: Path, backups: Path, damage: str, reason: str) -> None:
    name = make_set(models, backups, "old_a")
    if damage == "mode":
        (backups / name).chmod(0o777)
    elif damage == "manifest":
        (backups / name / "manifest.jsonl").write_bytes(b"damaged\n")
    else:
        (backups / name / "manifest.jsonl").unlink()
    (found,), summary = list_sets(models, backups)
    assert (found["name"], found["models"], found["restorable"]) == (name, None, False)
    assert reason in found["reason"]
    assert reason in summary


def test_sets_of_other_directories_and_hosts_are_left_out(
    area: Path, models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_set(area / "other", backups, "old_a")
    name = make_set(models, backups, "old_a")
    assert [found["name"] for found in list_sets(models, backups)[0]] == [name]
    monkeypatch.setattr("os.uname", lambda: types.SimpleNamespace(nodename="renamed"))
    (found,), _summary = list_sets(models, backups)
    assert found["restorable"] is True
    assert found["reason"].startswith("only if it is named with backup: it was made when the host was named")


def test_a_missing_model_directory_has_sets_too(models: Path, backups: Path) -> None:
    name = make_set(models, backups, "old_a")
    models.rmdir()
    assert [found["name"] for found in list_sets(models, backups)[0]] == [name]


def test_where_there_is_no_set_the_list_is_empty(models: Path, backups: Path) -> None:
    assert list_sets(models, backups) == ([], f"no backup set of {models} in {backups}")
