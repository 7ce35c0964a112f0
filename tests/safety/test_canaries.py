# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies outside the model directory, or is no model, survives a prune of root, be it with ``user`` or without."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest
from collection import make_file, make_folder, make_link, mount_for_run, names, prune, reasons, snapshot
from namespaces import SERVICE, isolated, mount

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError

pytestmark = pytest.mark.usefixtures("run_as")

WITH_AND_WITHOUT_BACKUP = pytest.mark.parametrize("backup", ["none", "same file system", "another file system"])


def backup_dir(area: Path, backup: str) -> Path | None:
    """Return a backup directory of that kind."""
    if backup == "none":
        return None
    place = make_folder(area / "backup")
    if backup == "another file system":
        mount_for_run(place)
    return place


@WITH_AND_WITHOUT_BACKUP
@isolated
def test_links_go_but_not_what_they_lead_to(area: Path, backup: str) -> None:
    canary = make_file(area / "outside" / "old_canary.bin").parent
    models = make_folder(area / "models", owner=SERVICE)
    make_link(models / "old_directory", canary)
    make_link(models / "old_file.bin", canary / "old_canary.bin")
    make_link(models / "old_relative", "../outside")
    make_link(models / "current_directory", canary)
    before = snapshot(canary)
    report = prune(models, backup_dir=backup_dir(area, backup))
    assert names(report.result["pruned"]) == ["old_directory", "old_file.bin", "old_relative"]
    assert os.listdir(models) == ["current_directory"]
    assert snapshot(canary) == before


@WITH_AND_WITHOUT_BACKUP
@isolated
def test_the_other_name_of_a_hard_link_stays_and_nothing_counts_as_freed(area: Path, backup: str) -> None:
    canary = make_file(area / "outside" / "canary.bin", b"x" * 10000)
    models = make_folder(area / "models")
    os.link(canary, models / "old_linked.bin")
    before = snapshot(canary.parent)
    report = prune(models, backup_dir=backup_dir(area, backup))
    assert names(report.result["pruned"]) == ["old_linked.bin"]
    assert report.result["freed_bytes"] == 0
    assert snapshot(canary.parent) == before


@WITH_AND_WITHOUT_BACKUP
@isolated
def test_all_names_of_a_hard_link_go_together(area: Path, backup: str) -> None:
    models = make_folder(area / "models")
    first = make_file(models / "old_first.bin", b"x" * 10000)
    os.link(first, models / "old_second.bin")
    allocated = first.stat().st_blocks * 512
    report = prune(models, backup_dir=backup_dir(area, backup))
    assert names(report.result["pruned"]) == ["old_first.bin", "old_second.bin"]
    assert report.result["freed_bytes"] == (0 if backup == "same file system" else allocated)


@WITH_AND_WITHOUT_BACKUP
@isolated
def test_a_mount_below_the_model_directory_is_not_entered(area: Path, backup: str) -> None:
    canary = make_file(area / "outside" / "old_canary.bin").parent
    models = make_folder(area / "models")
    make_file(models / "old_model.bin")
    mount("--bind", canary, make_folder(models / "old_mounted"))
    mount("--bind", canary, make_folder(models / "sub" / "mounted"))
    before = snapshot(canary)
    for check_mode in (True, False):
        report = prune(models, backup_dir=backup_dir(area, backup) if not check_mode else None, check_mode=check_mode)
        assert names(report.result["pruned"]) == ["old_model.bin"]
        assert report.failure is None
    assert snapshot(canary) == before


@WITH_AND_WITHOUT_BACKUP
@isolated
def test_a_file_mounted_over_a_model_is_not_touched(area: Path, backup: str) -> None:
    canary = make_file(area / "outside" / "canary.bin")
    models = make_folder(area / "models")
    make_file(models / "old_model.bin")
    mount("--bind", canary, make_file(models / "old_mounted.bin"))
    before = snapshot(canary.parent)
    predicted = prune(models, check_mode=True)
    report = prune(models, backup_dir=backup_dir(area, backup))
    assert names(report.result["pruned"]) == ["old_model.bin"]
    assert snapshot(canary.parent) == before
    assert names(predicted.result["pruned"]) == names(report.result["pruned"])
    assert reasons(predicted.result["failed_models"]) == reasons(report.result["failed_models"])


@isolated
def test_what_is_no_file_is_no_model(area: Path) -> None:
    models = make_folder(area / "models")
    os.mkfifo(models / "old_fifo")
    os.mknod(models / "old_device", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(models / "old_socket"))
    make_file(models / ".old_hidden.bin")
    make_file(models / ".cache" / "old_model.bin")
    make_file(models / "old_model.bin")
    report = prune(models)
    assert names(report.result["pruned"]) == ["old_model.bin"]
    assert sorted(os.listdir(models)) == [".cache", ".old_hidden.bin", "old_device", "old_fifo", "old_socket"]


@pytest.mark.parametrize("prefix", ["old_*", "*", "[a-z]", "?", "old_.", "^", "..", "."])
@isolated
def test_a_prefix_is_never_a_pattern(area: Path, prefix: str) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin")
    make_file(models / "current.bin")
    make_file(area / "canary.bin")
    before = snapshot(area)
    assert prune(models, stale_prefixes=[prefix]).result["pruned"] == []
    assert snapshot(area) == before


@isolated
def test_a_prefix_that_looks_like_a_pattern_means_itself(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_*.bin")
    make_file(models / "old_model.bin")
    assert names(prune(models, stale_prefixes=["old_*"]).result["pruned"]) == ["old_*.bin"]
    assert os.listdir(models) == ["old_model.bin"]


@pytest.mark.parametrize("prefix", ["../outside/", "/", "old_/..", ""])
@isolated
def test_a_prefix_that_leads_elsewhere_is_refused(area: Path, prefix: str) -> None:
    models = make_folder(area / "models")
    make_file(area / "outside" / "canary.bin")
    with pytest.raises(OcrModelError, match="stale_prefixes"):
        prune(models, stale_prefixes=[prefix])


@isolated
def test_odd_names_lead_nowhere_else(area: Path) -> None:
    models = make_folder(area / "models")
    canary = make_file(area / "canary.bin")
    odd = ["old_\nnewline", "old_ -rf ..", "old_$(rm canary.bin)", "old_..", "old_\\..\\canary.bin", "old_\udcff"]
    for name in odd:
        make_file(models / name)
    make_file(models / "old_\n" / "below\n" / "model\n.bin")
    report = prune(models)
    assert len(report.result["pruned"]) == len(odd) + 1
    assert os.listdir(models) == []
    assert canary.exists()


@isolated
def test_an_emptied_folder_goes_but_nothing_above_or_beside_it(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_a" / "b" / "model.bin")
    make_file(models / "kept" / "old_model.bin")
    make_file(models / "kept" / ".hidden")
    make_folder(models / "was_empty_before")
    report = prune(models)
    assert report.failure is None
    assert sorted(os.listdir(models)) == ["kept", "was_empty_before"]
    make_file(models / "old_last.bin")
    for name in ("kept/.hidden", "kept", "was_empty_before"):
        (models / name).unlink() if (models / name).is_file() else (models / name).rmdir()
    prune(models)
    assert models.is_dir()


@isolated
def test_an_immutable_canary_beside_the_models_is_no_hindrance(area: Path) -> None:
    models = make_folder(area / "models")
    canary = make_file(models / "current.bin")
    make_file(models / "old_model.bin")
    subprocess.run(["chattr", "+i", str(canary)], check=True)
    assert prune(models).failure is None
    subprocess.run(["chattr", "-i", str(canary)], check=True)
