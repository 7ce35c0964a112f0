# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What facts, prune, backup and restore do on each kind of file system; the table in docs/safety.md says the same."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from collection import facts, make_file, make_folder, names, prune, reasons, restore, snapshot
from holders import hold_mapped, hold_open, holding
from namespaces import SERVICE, in_child, isolated, mount, mount_file_system, mount_fuse
from test_places import same_in_both_modes
from tested_with import Record

SAFETY = Path(__file__).resolve().parents[2] / "docs" / "safety.md"
HEADING = "## On each file system"
KINDS = ["tmpfs", "ext4", "xfs", "btrfs", "btrfs snapshot", "overlayfs", "FUSE (bindfs)", "read-only squashfs"]
BYTES = 8192


def make_models(area: Path, kind: str) -> Path:
    """Mount such a file system; return a model directory of the service user on it, with models free and to be held."""
    fs = area / "fs"
    if kind == "FUSE (bindfs)":
        mount_fuse(fs)
    elif kind == "read-only squashfs":
        return make_squashfs(area, fs)
    else:
        mount_file_system({"overlayfs": "overlay"}.get(kind.split()[0], kind.split()[0]), fs)
    if kind == "btrfs snapshot":
        btrfs("subvolume", "create", fs / "origin")
        write_models(fs / "origin")
        btrfs("subvolume", "snapshot", fs / "origin", fs / "copy")
        return fs / "copy" / "models"
    write_models(fs)
    return fs / "models"


def write_models(folder: Path) -> None:
    """Write the models, after as many files as processes outside may have open under inode numbers from 1."""
    for number in range(64):
        make_file(folder / "first" / str(number), b"x")
    make_folder(folder / "models", owner=SERVICE)
    for name in ("old_free.bin", "old_held.bin", "current.bin"):
        make_file(folder / "models" / name, os.urandom(BYTES), owner=SERVICE)
    subprocess.run(["sync", "-f", str(folder)], check=True)


def make_squashfs(area: Path, where: Path) -> Path:
    """Mount an image of models over them, after one of them went into a backup; return their directory."""
    write_models(where)
    image = area / "image"
    subprocess.run(["mksquashfs", str(where), str(image), "-quiet", "-no-progress"], check=True)
    prune(where / "models", backup_dir=area / "backup", keep=["*held*"])
    try:
        mount("-o", "loop,ro", image, where)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no squashfs here: {error}")
    return where / "models"


def btrfs(*arguments: str | Path) -> None:
    """Call btrfs(8)."""
    subprocess.run(["btrfs", "-q", *map(str, arguments)], check=True)


def use_seen(models: Path, *, user: int) -> str:
    """What this user gets to know of use, by the facts of the module: of a model that is held, and of a free one."""

    found = in_child(lambda: facts(models), user=user)
    seen = {model["name"]: model["in_use"] for model in found["models"]}
    assert seen["old_held.bin"] is not False, "a model that is held is said to be free"
    words = {(True, False): "known", (True, None): "only what is held", (None, None): "unknown"}
    return words[seen["old_held.bin"], seen["old_free.bin"]]


def moved(before: os.stat_result, path: Path) -> str:
    """How a file got to this path."""
    return "renames" if path.stat().st_ino == before.st_ino else "copies"


def seen_on(area: Path, kind: str) -> list[str]:
    """The cells of the row of this kind."""
    models = make_models(area, kind)
    before = snapshot(models)
    status = (models / "old_free.bin").stat()
    with holding(hold_mapped, models / "old_held.bin"):
        cells = [kind, use_seen(models, user=0), use_seen(models, user=SERVICE)]
    backups = models.parent / "backup"
    if kind == "read-only squashfs":
        pruned = same_in_both_modes(lambda **mode: prune(models, **mode))
        restored = same_in_both_modes(lambda **mode: restore(models, area / "backup", force=True, **mode))
        assert snapshot(models) == before
        errors = [set(reasons(report.result["failed_models"]).values()).pop() for report in (pruned, restored)]
        return [*cells, "", "", errors[0], "", errors[1]]
    result = prune(models, backup_dir=backups, keep=["*held*"]).result
    assert names(result["pruned"]) == ["old_free.bin"]
    (saved,) = backups.glob("*/models/old_free.bin")
    backup = moved(status, saved)
    restore(models, backups)
    assert snapshot(models) == before
    restored_by = moved(status, models / "old_free.bin")
    with holding(hold_open, models / "old_held.bin"):
        kept = reasons(prune(models).result["kept"])
        assert kept["old_held.bin"].startswith("in use by ")
        make_file(models / "old_more.bin", b"x" * BYTES, owner=SERVICE)
        subprocess.run(["sync", "-f", str(models)], check=True)
        exact = "exact" if prune(models, keep=["*held*", "*free*"]).result["freed_bytes_exact"] else "at most"
        assert prune(models, in_use="ignore").result["pending_bytes"] == BYTES
        # A later run knows of the deleted model only what it sees.
        assert prune(models).result["pending_bytes"] == BYTES
    pending = {0: "known", None: "what is seen"}[prune(models).result["pending_bytes"]]
    return [*cells, exact, pending, "removes", backup, restored_by]


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_says_what_is_seen(area: Path, kind: str, record_property: Record) -> None:
    compare(area, kind)
    record_property("tested", f"file system: {kind}")


@isolated
def compare(area: Path, kind: str) -> None:
    """Look at a file system of this kind, in namespaces of its own."""
    assert seen_on(area, kind) == next(row for row in table_rows() if row[0] == kind)


def table_rows() -> list[list[str]]:
    """The cells of each row of the table under HEADING."""
    section = SAFETY.read_text(encoding="utf-8").split(HEADING)[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_the_table_has_no_other_row() -> None:
    assert [row[0] for row in table_rows()] == KINDS
