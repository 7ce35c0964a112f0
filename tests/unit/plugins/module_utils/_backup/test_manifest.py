# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest of a backup set: what is written, and what is read of a good, torn, or forged one."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import (
    DamagedManifest,
    Entry,
    FolderEntry,
    Header,
    Manifest,
    ManifestWriter,
    Origin,
    manifest_size,
    read_header,
    read_manifest,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import make_link, names_in, sample_model

HEADER = Header(Origin(b"/srv/mod\xffels", "f00d", "host1"), 7)
FILE = sample_model("sub/old_\udcff\n", user_id=1, group_id=2, mode=0o100640, modified_ns=1_600_000_000_123_456_789)
LINK = sample_model("old_link", user_id=3, group_id=4, mode=0o120777, link_target=b"to\xff", size=3)
FOLDER = FolderEntry(b"sub", 0o2750, 5, 6)
DIGEST = hashlib.sha256(b"content").hexdigest()


@pytest.fixture
def set_folder(area: Path) -> t.Iterator[int]:
    """A descriptor of an empty folder."""
    descriptor = os.open(str(area), os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def manifest(area: Path, set_folder: int) -> t.Iterator[Path]:
    """A manifest of a file that was copied, a link that was moved, and a folder."""
    writer = ManifestWriter(set_folder, HEADER, [FILE, LINK], [FOLDER])
    writer.arrived(FILE, DIGEST)
    writer.arrived(LINK, None)
    writer.ended()
    writer.close()
    yield area / "manifest.jsonl"


def read(set_folder: int) -> Manifest | None:
    """Read the manifest."""
    return read_manifest(set_folder, "/backups/the set")


def lines_of(manifest: Path) -> list[t.Any]:
    """Return the JSON values of a manifest."""
    return [json.loads(line) for line in manifest.read_text(encoding="ascii").splitlines()]


def test_the_lines_of_a_manifest(area: Path, manifest: Path) -> None:
    assert lines_of(manifest) == [
        {"format": 1, "sequence": 7, "path": "/srv/mod\udcffels", "machine": "f00d", "host": "host1"},
        {"folder": "sub", "mode": 0o2750, "uid": 5, "gid": 6},
        {
            "name": "sub/old_\udcff\n",
            "bytes": 1000,
            "mode": 0o100640,
            "uid": 1,
            "gid": 2,
            "modified_ns": 1_600_000_000_123_456_789,
            "link_target": None,
        },
        {
            "name": "old_link",
            "bytes": 3,
            "mode": 0o120777,
            "uid": 3,
            "gid": 4,
            "modified_ns": 0,
            "link_target": "to\udcff",
        },
        {"arrived": "sub/old_\udcff\n", "sha256": DIGEST},
        {"arrived": "old_link", "sha256": None},
        {"ended": True},
    ]
    assert names_in(area) == ["manifest.jsonl"]
    assert manifest.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("manifest")
def test_what_was_written_is_read(set_folder: int) -> None:
    location = b"sub/old_\xff\n"
    assert read(set_folder) == Manifest(
        HEADER,
        {
            location: Entry(location, 1000, 0o100640, 1, 2, 1_600_000_000_123_456_789, None, DIGEST),
            b"old_link": Entry(b"old_link", 3, 0o120777, 3, 4, 0, b"to\xff", None),
        },
        {b"sub": FOLDER},
        complete=True,
    )


@pytest.mark.usefixtures("manifest")
def test_the_first_line_can_be_read_alone(set_folder: int) -> None:
    assert read_header(set_folder, "/backups/the set") == HEADER


def test_a_set_whose_prune_was_killed_is_not_complete(set_folder: int) -> None:
    writer = ManifestWriter(set_folder, HEADER, [FILE], [])
    writer.arrived(FILE, DIGEST)
    writer.close()
    found = read(set_folder)
    assert found is not None
    assert not found.complete


def test_the_size_of_a_manifest_is_known_beforehand(set_folder: int, manifest: Path) -> None:
    manifest.rename(manifest.with_name("other"))
    writer = ManifestWriter(set_folder, HEADER, [FILE, LINK], [FOLDER])
    writer.arrived(FILE, DIGEST)
    writer.arrived(LINK, DIGEST)
    writer.ended()
    writer.close()
    assert manifest.stat().st_size == manifest_size(HEADER, [FILE, LINK], [FOLDER])


def test_the_first_line_of_a_damaged_manifest_is_known(set_folder: int, manifest: Path) -> None:
    with open(str(manifest), "ab") as stream:
        stream.write(b"damaged\n")
    with pytest.raises(DamagedManifest, match="is damaged") as caught:
        read(set_folder)
    assert caught.value.header == HEADER


@pytest.mark.parametrize("cut", [1, 2, 20])
def test_a_last_line_that_a_kill_cut_off_counts_as_not_written(set_folder: int, manifest: Path, cut: int) -> None:
    whole = read(set_folder)
    with open(str(manifest), "ab") as stream:
        stream.write(b'{"arrived": "old_link", "sha256": "x"}\n'[:-cut])
    assert read(set_folder) == whole


def test_a_line_that_found_no_room_is_taken_back(
    set_folder: int, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest.rename(manifest.with_name("other"))
    writer = ManifestWriter(set_folder, HEADER, [FILE], [])
    before = manifest.read_bytes()
    write, calls = os.write, []

    def full(descriptor: int, data: bytes) -> int:
        calls.append(data)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data[:10])

    monkeypatch.setattr("os.write", full)
    with pytest.raises(OSError, match="No space"):
        writer.arrived(FILE, None)
    monkeypatch.undo()
    assert manifest.read_bytes() == before
    writer.arrived(FILE, DIGEST)
    writer.close()
    found = read(set_folder)
    assert found is not None
    assert [entry.sha256 for entry in found.entries.values()] == [DIGEST]


def test_a_manifest_has_its_name_only_when_it_is_complete(
    area: Path, set_folder: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int, _data: bytes) -> t.NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.write", full)
    with pytest.raises(OSError, match="No space"):
        ManifestWriter(set_folder, HEADER, [FILE], [])
    assert names_in(area) == ["manifest.jsonl.new"]
    assert read(set_folder) is None


def test_no_manifest_is_none(set_folder: int) -> None:
    assert read(set_folder) is None


ENTRY = {"name": "x", "bytes": 1, "mode": 1, "uid": 1, "gid": 1, "modified_ns": 1, "link_target": None}
FIRST_LINE = {"format": 1, "sequence": 1, "path": "/srv", "machine": None, "host": "host1"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no JSON\n",
        b"\xff\xfe\n",
        b"[]\n",
        b"5\n",
        json.dumps(FIRST_LINE).encode(),
        *(
            json.dumps(line).encode() + b"\n"
            for line in (
                dict(FIRST_LINE, format=2),
                dict(FIRST_LINE, sequence="1"),
                dict(FIRST_LINE, sequence=True),
                dict(FIRST_LINE, sequence=-1),
                dict(FIRST_LINE, machine=5),
                dict(FIRST_LINE, host=None),
                dict(FIRST_LINE, path=None),
                *({name: FIRST_LINE[name] for name in FIRST_LINE if name != missing} for missing in FIRST_LINE),
            )
        ),
        *(
            json.dumps(FIRST_LINE).encode() + b"\n" + json.dumps(line).encode() + b"\n"
            for line in (
                {},
                [],
                {"name": "x"},
                dict(ENTRY, name=5),
                {"arrived": "unknown", "sha256": None},
                {"folder": "x"},
                *(dict(ENTRY, name=name) for name in ("", ".", "..", "a/../b", "/etc/passwd", "a//b", "a/", "a\0")),
                {"folder": "../x", "mode": 1, "uid": 1, "gid": 1},
                {"arrived": "../x", "sha256": None},
            )
        ),
    ],
)
def test_what_is_no_manifest_of_this_collection_is_refused(area: Path, set_folder: int, content: bytes) -> None:
    (area / "manifest.jsonl").write_bytes(content)
    with pytest.raises(OcrModelError, match=r"^/backups/the set/manifest\.jsonl is damaged \(.*\); restore its files"):
        read(set_folder)


@pytest.mark.parametrize("kind", ["link", "folder", "FIFO"])
def test_what_is_no_regular_file_is_refused(area: Path, set_folder: int, manifest: Path, kind: str) -> None:
    manifest.rename(area / "other")
    if kind == "link":
        make_link(manifest, "other")
    elif kind == "folder":
        manifest.mkdir()
    else:
        os.mkfifo(str(manifest))
    with pytest.raises(OcrModelError, match="is damaged"):
        read(set_folder)
