# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which directories may be pruned at all, and over which links they may be reached."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from collection import make_file, make_folder, names, prune, restore, snapshot
from namespaces import SERVICE, STRANGER, in_child, isolated, mount

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError


def link(path: Path, target: str | Path, *, owner: int) -> Path:
    """Make a symbolic link of ``owner``."""
    path.symlink_to(target)
    os.chown(path, owner, owner, follow_symlinks=False)
    return path


@pytest.mark.parametrize("target_owner", [0, STRANGER])
@pytest.mark.parametrize("below", ["", "below"])
@isolated
def test_a_link_of_the_service_user_into_the_tree_of_another_is_refused(
    area: Path, target_owner: int, below: str
) -> None:
    victim = make_folder(area / "victim", owner=target_owner)
    make_file(victim / below / "old_canary.bin", owner=target_owner)
    home = make_folder(area / "home", owner=SERVICE)
    link(home / "models", victim, owner=SERVICE)
    before = snapshot(victim)
    with pytest.raises(OcrModelError, match=f"models belongs to uid {SERVICE}"):
        prune(home / "models" / below)
    assert snapshot(victim) == before


@isolated
def test_a_chain_of_links_is_judged_link_by_link(area: Path) -> None:
    victim = make_file(area / "victim" / "old_canary.bin").parent
    home = make_folder(area / "home", owner=SERVICE)
    link(home / "second", victim, owner=SERVICE)
    link(home / "first", "second", owner=SERVICE)
    link(area / "models", home / "first", owner=0)
    with pytest.raises(OcrModelError, match="is refused"):
        prune(area / "models")
    assert (victim / "old_canary.bin").exists()


@isolated
def test_links_of_root_may_lead_anywhere(area: Path) -> None:
    make_file(make_folder(area / "data", owner=SERVICE) / "old_model.bin", owner=SERVICE)
    link(area / "models", "data", owner=0)
    link(area / "again", area / "models", owner=0)
    assert names(prune(area / "again").result["pruned"]) == ["old_model.bin"]


@isolated
def test_a_link_of_the_service_user_into_its_own_tree_is_accepted(area: Path) -> None:
    home = make_folder(area / "home", owner=SERVICE)
    make_file(make_folder(area / "data", owner=SERVICE) / "old_model.bin", owner=SERVICE)
    link(home / "models", "../data", owner=SERVICE)
    assert names(prune(home / "models").result["pruned"]) == ["old_model.bin"]


@isolated
def test_the_owner_rule_holds_for_the_backup_directory_too(area: Path) -> None:
    models = make_folder(area / "models", owner=SERVICE)
    make_file(models / "old_model.bin", owner=SERVICE)
    victim = make_folder(area / "victim")
    link(area / "backup", victim, owner=SERVICE)
    for call in (prune, restore):
        with pytest.raises(OcrModelError, match=r"backup_dir: .* is refused"):
            call(models, backup_dir=area / "backup")
    assert os.listdir(victim) == []
    assert os.listdir(models) == ["old_model.bin"]


@isolated
def test_the_service_user_itself_may_follow_its_own_links_only_where_it_may_write(area: Path) -> None:
    victim = make_file(area / "victim" / "old_canary.bin").parent
    home = make_folder(area / "home", owner=SERVICE)
    link(home / "models", victim, owner=SERVICE)
    failure = in_child(lambda: prune(home / "models", in_use="ignore").failure, user=SERVICE)
    assert failure is not None and "Permission denied" in failure
    assert (victim / "old_canary.bin").exists()


@isolated
def test_a_loop_of_links_is_an_error_and_no_hang(area: Path) -> None:
    link(area / "models", "other", owner=0)
    link(area / "other", "models", owner=0)
    with pytest.raises(OcrModelError, match="Too many levels of symbolic links"):
        prune(area / "models")


@pytest.mark.parametrize(
    "path", ["/", "/etc", "/usr/lib", "/var/lib", "/home", "/proc", "//", "/etc/../", "/mnt/area/.."]
)
@isolated
def test_system_directories_are_refused(area: Path, path: str) -> None:
    with pytest.raises(OcrModelError, match="is the system directory"):
        prune(Path(path), check_mode=True)


@isolated
def test_a_system_directory_under_another_name_is_refused(area: Path) -> None:
    mount("--bind", "/etc", make_folder(area / "bound"))
    link(area / "linked", "/etc", owner=0)
    for name in ("bound", "linked"):
        with pytest.raises(OcrModelError, match="is the system directory /etc"):
            prune(area / name, check_mode=True)


@isolated
def test_dots_in_the_path_are_taken_as_the_kernel_takes_them(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin")
    canary = make_file(area / "old_canary.bin")
    report = prune(area / "models" / ".." / "models" / ".")
    assert names(report.result["pruned"]) == ["old_model.bin"]
    assert canary.exists()


@isolated
def test_dots_behind_a_link_of_the_service_user_do_not_leave_its_tree(area: Path) -> None:
    # The service user owns area/victim/service, not area/victim.
    make_folder(area / "victim" / "service", owner=SERVICE)
    canary = make_file(area / "victim" / "models" / "old_canary.bin")
    home = make_folder(area / "home", owner=SERVICE)
    link(home / "current", area / "victim" / "service", owner=SERVICE)
    with pytest.raises(OcrModelError):
        prune(Path(f"{home}/current/../models"))
    assert canary.exists()


@pytest.mark.parametrize("path", ["models", "../models", ""])
@isolated
def test_a_relative_path_is_refused(area: Path, path: str) -> None:
    with pytest.raises(OcrModelError, match="relative"):
        prune(Path(path))


@isolated
def test_a_file_is_no_model_directory(area: Path) -> None:
    make_file(area / "models")
    with pytest.raises(OcrModelError, match="is not a directory"):
        prune(area / "models")
    with pytest.raises(OcrModelError, match="is not a directory"):
        prune(area / "models" / "below")
