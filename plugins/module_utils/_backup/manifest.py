# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The manifest of a backup set: JSON, one object a line, only ever appended to.

The first line tells where the set comes from and its number, the next ones what was planned (models and their folders),
each model that has arrived adds a line, and so does the end. A line that a kill cut off counts as not written. File
names stand as JSON text with surrogate escapes, so that any bytes come back as they were.
"""

from __future__ import annotations

import json
import os
import stat
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.content import write_all
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import OPEN_MODEL
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

MANIFEST = b"manifest.jsonl"
UNFINISHED = b"manifest.jsonl.new"
_FORMAT = 1

_END = {"ended": True}

_Content = t.TypeVar("_Content")

# The first line is shorter: it holds one path.
_FIRST_LINE_LIMIT = 1 << 16


class Origin(Record):
    """Where a set comes from: the model directory's real path, and the host, see origin.py."""

    path: bytes
    machine: str | None
    host: str


class Header(Record):
    """The first line: where a set comes from, and its ``sequence``, which counts the sets of a backup directory.

    Sets are ordered by that number: a clock may be wrong.
    """

    origin: Origin
    sequence: int


class Entry(Record):
    """A model as it was when the set was planned."""

    location: bytes
    size: int
    mode: int
    user_id: int
    group_id: int
    modified_ns: int
    link_target: bytes | None
    sha256: str | None

    @property
    def folder(self) -> bytes:
        """The location of its folder."""
        return self.location.rpartition(b"/")[0]

    @property
    def file_name(self) -> bytes:
        """Its name in that folder."""
        return self.location.rpartition(b"/")[2]


class FolderEntry(Record):
    """A folder as it was when the set was planned."""

    location: bytes
    mode: int
    user_id: int
    group_id: int


class Manifest(Record):
    """A manifest that was read; ``complete`` is whether the prune that wrote it came to its end."""

    header: Header
    entries: dict[bytes, Entry]
    folders: dict[bytes, FolderEntry]
    complete: bool


class ManifestWriter:
    """Write a manifest into an open backup set."""

    def __init__(
        self, set_folder: int, header: Header, models: t.Iterable[Model], folders: t.Iterable[FolderEntry]
    ) -> None:
        """Write and sync all that is planned; the manifest has its name only when it is complete. Raises OSError."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(UNFINISHED, flags, 0o600, dir_fd=set_folder)
        try:
            write_all(self._descriptor, _beginning(header, models, folders))
            self.sync()
            os.rename(UNFINISHED, MANIFEST, src_dir_fd=set_folder, dst_dir_fd=set_folder)
            os.fsync(set_folder)
        except BaseException:
            os.close(self._descriptor)
            raise

    def arrived(self, model: Model, sha256: str | None) -> None:
        """Add that a model is in the set, with its checksum where it was copied. Raises OSError, then adds nothing."""
        self._add(_arrival(model, sha256))

    def ended(self) -> None:
        """Add that the prune came to its end. Raises OSError, then adds nothing."""
        self._add(_END)

    def _add(self, line: dict[str, t.Any]) -> None:
        length = os.fstat(self._descriptor).st_size
        try:
            write_all(self._descriptor, _line(line))
        except OSError:
            # Half a line would spoil the next one.
            os.ftruncate(self._descriptor, length)
            raise

    def sync(self) -> None:
        """Bring all that was written to the disk. Raises OSError."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the manifest."""
        os.close(self._descriptor)


def manifest_size(header: Header, models: t.Sequence[Model], folders: t.Iterable[FolderEntry]) -> int:
    """Return how many bytes the manifest of these models has in the end, if all of them are copied."""
    digest = "0" * 64
    arrivals = (_line(_arrival(model, digest)) for model in models)
    return len(_beginning(header, models, folders)) + sum(map(len, arrivals)) + len(_line(_END))


class DamagedManifest(OcrModelError):
    """A manifest that cannot be read as a whole; ``header`` is its first line, where that can be read."""

    def __init__(self, message: str, header: Header | None) -> None:
        super().__init__(message)
        self.header = header


def read_header(set_folder: int, shown: str) -> Header | None:
    """Read the first line of the manifest of an open set, or return None where there is none.

    ``shown`` is the set's path for errors. Raises DamagedManifest.
    """
    return _read(set_folder, shown, lambda header, _stream: header)


def read_manifest(set_folder: int, shown: str) -> Manifest | None:
    """Read the whole manifest likewise. Raises DamagedManifest where it is none of this collection."""
    return _read(set_folder, shown, _parse)


# What a manifest that is none of this collection, or lies on a failing disk, answers.
_ODD = (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError)


def _read(set_folder: int, shown: str, parse: t.Callable[[Header, t.BinaryIO], _Content]) -> _Content | None:
    """Return what ``parse`` makes of the first line and of the file behind it."""
    descriptor = _open(set_folder, shown)
    if descriptor is None:
        return None
    header = None
    with open(descriptor, "rb") as stream:
        try:
            header = _parse_header(stream.readline(_FIRST_LINE_LIMIT))
            return parse(header, stream)
        except _ODD as error:
            raise _damaged(shown, error, header) from error


def _open(set_folder: int, shown: str) -> int | None:
    try:
        descriptor = os.open(MANIFEST, OPEN_MODEL, dir_fd=set_folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _damaged(shown, error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _damaged(shown, "it is no regular file")
    return descriptor


def _damaged(shown: str, why: object, header: Header | None = None) -> DamagedManifest:
    path = os.path.join(shown, os.fsdecode(MANIFEST))
    return DamagedManifest(f"{path} is damaged ({why}); restore its files by hand, or move the set away", header)


def _parse_header(text: bytes) -> Header:
    if not text.endswith(b"\n"):
        raise ValueError("its first line is cut off")
    line = json.loads(text)
    if line["format"] != _FORMAT:
        raise ValueError(f"format {line['format']} is unknown to this release")
    sequence, machine, host = line["sequence"], line["machine"], line["host"]
    is_number = isinstance(sequence, int) and not isinstance(sequence, bool)
    if not is_number or sequence < 0 or not isinstance(host, str):
        raise ValueError("its first line says no sequence or no host")
    if machine is not None and not isinstance(machine, str):
        raise ValueError("its first line says no machine")
    return Header(Origin(_raw(line["path"]), machine, host), sequence)


def _parse(header: Header, stream: t.BinaryIO) -> Manifest:
    entries: dict[bytes, Entry] = {}
    folders: dict[bytes, FolderEntry] = {}
    complete = False
    # What follows the last line break was cut off.
    for line in map(json.loads, stream.read().split(b"\n")[:-1]):
        if "folder" in line:
            location = _location(line["folder"])
            folders[location] = FolderEntry(location, line["mode"], line["uid"], line["gid"])
        elif "arrived" in line:
            location = _location(line["arrived"])
            entries[location] = entries[location]._replace(sha256=line["sha256"])
        elif "ended" in line:
            complete = True
        else:
            entry = _planned_entry(line)
            entries[entry.location] = entry
    return Manifest(header, entries, folders, complete)


def _beginning(header: Header, models: t.Iterable[Model], folders: t.Iterable[FolderEntry]) -> bytes:
    """Return what a manifest begins with: where the set comes from, and what was planned."""
    path, machine, host = header.origin
    lines: list[dict[str, t.Any]] = [
        {"format": _FORMAT, "sequence": header.sequence, "path": _text(path), "machine": machine, "host": host}
    ]
    lines.extend(
        {"folder": _text(folder.location), "mode": folder.mode, "uid": folder.user_id, "gid": folder.group_id}
        for folder in folders
    )
    lines.extend(_planned(model) for model in models)
    return b"".join(map(_line, lines))


def _arrival(model: Model, sha256: str | None) -> dict[str, t.Any]:
    return {"arrived": _text(model.location), "sha256": sha256}


def _planned(model: Model) -> dict[str, t.Any]:
    return {
        "name": _text(model.location),
        "bytes": model.size,
        "mode": model.mode,
        "uid": model.user_id,
        "gid": model.group_id,
        "modified_ns": model.modified_ns,
        "link_target": _text(model.link_target) if model.link_target is not None else None,
    }


def _planned_entry(line: dict[str, t.Any]) -> Entry:
    return Entry(
        location=_location(line["name"]),
        size=line["bytes"],
        mode=line["mode"],
        user_id=line["uid"],
        group_id=line["gid"],
        modified_ns=line["modified_ns"],
        link_target=_raw(line["link_target"]) if line["link_target"] is not None else None,
        sha256=None,
    )


def _line(value: dict[str, t.Any]) -> bytes:
    return json.dumps(value).encode("ascii") + b"\n"


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _location(text: str) -> bytes:
    """Return the location that a manifest names. Raises ValueError for one that leads out of the model directory."""
    location = _raw(text)
    if b"\0" in location or any(component in (b"", b".", b"..") for component in location.split(b"/")):
        raise ValueError(f"{text!r} is no name of a model")
    return location
