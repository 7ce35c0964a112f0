# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scan: what is a model, what its status is, and how its name is shown."""

from __future__ import annotations

import errno
import os
import socket
import stat
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import directory as host_directory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory, open_directory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models import scan as model_scan
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import scan
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    give_to_ordinary_user,
    make_file,
    make_files,
    make_link,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import as_ordinary_user


def scanned(path: Path, *stale_prefixes: str) -> list[Model]:
    """Scan a folder; ``old_`` is stale by default."""
    directory = open_directory("path", str(path))
    assert directory is not None
    with directory:
        return scan(directory, stale_prefixes or ("old_",))


def status_of(path: Path, name: str, *stale_prefixes: str) -> tuple[str, str | None]:
    """Make one model and return its status and stale prefix."""
    make_file(path / name)
    (model,) = scanned(path, *stale_prefixes)
    assert model.name == name
    return model.status, model.stale_prefix


@pytest.mark.parametrize(
    "name, status",
    [
        ("model.bin", "current"),
        ("old_fr.bin", "stale"),
        ("old_", "stale"),
        ("old_qwen/weights.gguf", "stale"),
        ("bartowski/old_q4.gguf", "stale"),
        ("old_a/b/c/d.bin", "stale"),
        ("a/old_b/c/d.bin", "stale"),
        ("Old_fr.bin", "current"),
        ("older.bin", "current"),
        ("model_old_.bin", "current"),
        (" old_fr.bin", "current"),
        ("model.bin.part", "incomplete"),
        ("model.partial", "incomplete"),
        ("sub/model.incomplete", "incomplete"),
        ("model.tmp", "incomplete"),
        ("model.download", "incomplete"),
        ("model.part1", "current"),
        ("model.PART", "current"),
        ("model.part/weights.bin", "current"),
        ("old_model.part", "stale"),
        ("old_sub/model.part", "stale"),
    ],
)
def test_the_status_of_a_model(models: Path, name: str, status: str) -> None:
    assert status_of(models, name) == (status, "old_" if status == "stale" else None)


@pytest.mark.parametrize(
    "name, prefixes, first",
    [
        ("old_fr.bin", ("old", "old_"), "old"),
        ("old_fr.bin", ("old_", "old"), "old_"),
        ("bak_fr.bin", ("old_", "bak_"), "bak_"),
        ("old_sub/bak_fr.bin", ("bak_", "old_"), "old_"),
        ("bak_sub/old_sub/x", ("old_", "bak_"), "bak_"),
        ("*x", ("?", "*"), "*"),
        ("\u00fcbung.bin", ("\u00fc",), "\u00fc"),
        ("[1].bin", ("[1]",), "[1]"),
    ],
)
def test_the_topmost_name_decides_and_for_it_the_first_prefix(
    models: Path, name: str, prefixes: tuple[str, ...], first: str
) -> None:
    assert status_of(models, name, *prefixes) == ("stale", first)


def test_the_name_of_the_model_directory_makes_nothing_stale(area: Path) -> None:
    assert status_of(area / "old_models", "model.bin") == ("current", None)


def test_what_is_no_model_is_left_out(models: Path) -> None:
    make_files(models, "model.bin", ".hidden", ".old_hidden/old_model.bin", "sub/.hidden/deep/old_model.bin")
    (models / "empty" / "folder").mkdir(parents=True)
    os.mkfifo(str(models / "old_fifo"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(models / "old_socket"))
        found = scanned(models)
    assert [model.name for model in found] == ["model.bin"]


def test_a_missing_model_directory_is_not_opened(models: Path) -> None:
    assert open_directory("path", str(models / "missing")) is None


def test_an_empty_model_directory_has_no_models(models: Path) -> None:
    assert scanned(models) == []


def test_a_link_is_its_own_entry_and_never_followed(area: Path, models: Path) -> None:
    make_files(area / "outside", "model.bin")
    make_link(models / "old_folder", str(area / "outside"))
    make_link(models / "old_file", "../outside/model.bin")
    make_link(models / "dangling\udcff", "nowhere\udcff")
    make_link(models / "sub" / "loop", "loop")
    found = scanned(models)
    assert [(model.name, model.status, model.link_target) for model in found] == [
        (r"dangling\xff", "current", b"nowhere\xff"),
        ("old_file", "stale", b"../outside/model.bin"),
        ("old_folder", "stale", os.fsencode(area / "outside")),
        ("sub/loop", "current", b"loop"),
    ]
    assert all(model.is_link for model in found)
    assert found[0].size == len(b"nowhere\xff")


@pytest.mark.parametrize(
    "raw, shown",
    [
        (b"plain.bin", "plain.bin"),
        (b"two\nlines", r"two\u000alines"),
        (b'it\'s "quoted"', 'it\'s "quoted"'),
        (b"-rf", "-rf"),
        ("gr\u00fc\u00dfe \u6a21\u578b.bin".encode(), "gr\u00fc\u00dfe \u6a21\u578b.bin"),
        (b"caf\xe9.bin", r"caf\xe9.bin"),
        (b"\xff\xfe/x", r"\xff\xfe/x"),
        (b" ", " "),
        (b"back\\slash", r"back\\slash"),
        (b"tab\t\x01", r"tab\u0009\u0001"),
    ],
)
def test_names_as_they_are_shown(models: Path, raw: bytes, shown: str) -> None:
    make_file(Path(os.fsdecode(os.fsencode(models) + b"/" + raw)))
    (model,) = scanned(models)
    assert (model.location, model.name) == (raw, shown)
    model.name.encode("utf-8")


def test_models_are_sorted_by_the_bytes_of_their_names(models: Path) -> None:
    locations = [b"-", b"B", b"a", b"a b", b"a-b", b"a/b", b"a/c/d", b"aa", b"\xc3\xbc", b"\xff"]
    for location in reversed([b"x/" + location for location in locations]):
        make_file(Path(os.fsdecode(os.fsencode(models) + b"/" + location.replace(b"a/", b"A/"))))
    expected = sorted(b"x/" + location.replace(b"a/", b"A/") for location in locations)
    assert [model.location for model in scanned(models)] == expected


def test_what_is_known_of_a_model(models: Path) -> None:
    path = make_file(models / "sub" / "deep" / "model.bin", b"x" * 5000)
    path.chmod(0o640)
    os.link(str(path), str(models / "other.bin"))
    status = path.stat()
    other, model = scanned(models)
    assert (model.folder, model.file_name) == (b"sub/deep", b"model.bin")
    assert (other.folder, other.file_name) == (b"", b"other.bin")
    assert (model.size, model.allocated) == (5000, status.st_blocks * 512)
    assert model.modified_ns == status.st_mtime_ns
    assert model.identity == other.identity == (status.st_dev, status.st_ino)
    assert (model.links, model.mode) == (2, stat.S_IFREG | 0o640)
    assert (model.user_id, model.group_id) == (os.geteuid(), status.st_gid)
    assert (model.is_link, model.link_target) == (False, None)


def test_a_folder_that_cannot_be_read_is_an_error_that_names_it(models: Path) -> None:
    make_files(models, "locked/model.bin")
    give_to_ordinary_user(models, models / "locked")
    (models / "locked").chmod(0)
    reason = r"/models/locked cannot be read by uid \d+ \(Permission denied\); run as root or as the user"
    with pytest.raises(OcrModelError, match=reason):
        as_ordinary_user(lambda: scanned(models))


def test_a_folder_in_which_nothing_may_be_looked_at_is_an_error(models: Path) -> None:
    make_files(models, "locked/model.bin")
    give_to_ordinary_user(models, models / "locked")
    (models / "locked").chmod(0o400)
    with pytest.raises(OcrModelError, match=r"/models/locked cannot be read by uid"):
        as_ordinary_user(lambda: scanned(models))


@pytest.mark.parametrize("broken", ["the model directory", "a folder", "a link"])
def test_a_disk_that_fails_is_an_error(models: Path, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_arguments: t.Any, **_options: t.Any) -> t.NoReturn:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    make_files(models, "folder/model.bin")
    make_link(models / "folder" / "link", "nowhere")
    open_folder = ModelDirectory.open_folder

    def opened(self: ModelDirectory, location: bytes) -> int:
        if (broken == "a folder") is (location == b"folder"):
            fails()
        return open_folder(self, location)

    if broken == "a link":
        monkeypatch.setattr("os.readlink", lambda path, **_options: fails() if path == b"link" else str(models))
    else:
        monkeypatch.setattr(ModelDirectory, "open_folder", opened)
    folder = "" if broken == "the model directory" else "folder"
    with pytest.raises(OcrModelError, match=rf"^{models}/{folder} cannot be read by uid \d+ \(Input/output error\)"):
        scanned(models)


def test_a_tree_that_was_made_to_exhaust_the_scan_is_refused(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_scan, "_DEPTH_LIMIT", 3)
    make_files(models, "1/2/3/model.bin")
    assert len(scanned(models)) == 1
    make_files(models, "1/2/3/4/model.bin")
    with pytest.raises(OcrModelError, match="has more than 3 folders within each other"):
        scanned(models)


def test_what_is_mounted_is_left_out_without_a_look_at_it(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_files(models, "model.bin", "old_mounted.bin", "folder/model.bin")
    look = os.stat

    def hangs_on_what_is_mounted(path: t.Any, **options: t.Any) -> os.stat_result:
        assert path not in (b"old_mounted.bin", b"folder")
        return look(path, **options)

    monkeypatch.setattr(model_scan, "mount_points_below", lambda _path: {b"old_mounted.bin", b"folder"})
    monkeypatch.setattr("os.stat", hangs_on_what_is_mounted)
    assert [model.name for model in scanned(models)] == ["model.bin"]


def test_what_is_mounted_during_the_scan_is_left_out(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_files(models, "model.bin", "folder/model.bin")
    identity = host_directory.mount_id

    def on_another_mount(descriptor: int) -> int:
        return identity(descriptor) - (os.readlink(f"/proc/self/fd/{descriptor}") == f"{models}/folder")

    monkeypatch.setattr(host_directory, "mount_id", on_another_mount)
    assert [model.name for model in scanned(models)] == ["model.bin"]


def test_what_vanishes_during_the_scan_is_left_out(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_files(models, "model.bin", "folder/gone.bin")
    make_link(models / "link", "gone")
    readlink, open_folder = os.readlink, ModelDirectory.open_folder

    def link_vanishes(path: bytes, **options: t.Any) -> bytes:
        if path == b"link":
            (models / "link").unlink()
        return os.fsencode(readlink(path, **options))

    def folder_vanishes(self: ModelDirectory, location: bytes) -> int:
        if location == b"folder":
            (models / "folder").rename(models / ".moved")
        return open_folder(self, location)

    monkeypatch.setattr("os.readlink", link_vanishes)
    monkeypatch.setattr(ModelDirectory, "open_folder", folder_vanishes)
    directory = open_directory("path", str(models))
    assert directory is not None
    with directory:
        assert [model.name for model in scan(directory, ("old_",))] == ["model.bin"]
