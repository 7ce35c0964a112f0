# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The manifest of a backup set: JSON, one object a line, only ever appended to.

The first line tells where the set comes from, the next ones what was planned (models and their folders), and each model
that has arrived adds a line. A line that a kill cut off at the end counts as not written. File names stand as JSON text
with surrogate escapes, so that any bytes come back as they were.
"""

from __future__ import annotations

import json
import os
import stat
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model

MANIFEST = b"manifest.jsonl"
_UNFINISHED = b"manifest.jsonl.new"
_FORMAT = 1


class Origin(t.NamedTuple):
    """Where a set comes from: the model directory's real path and the host's name."""

    path: bytes
    host: str


class Entry(t.NamedTuple):
    """A model as it was when the set was planned."""

    location: bytes
    size: int
    mode: int
    user_id: int
    group_id: int
    modified_ns: int
    link_target: bytes | None
    sha256: str | None


class FolderEntry(t.NamedTuple):
    """A folder as it was when the set was planned."""

    location: bytes
    mode: int
    user_id: int
    group_id: int


class Manifest(t.NamedTuple):
    """A manifest that was read."""

    origin: Origin
    entries: dict[bytes, Entry]
    folders: dict[bytes, FolderEntry]


class ManifestWriter:
    """Write a manifest into an open backup set."""

    def __init__(
        self, set_folder: int, origin: Origin, models: t.Iterable[Model], folders: t.Iterable[FolderEntry]
    ) -> None:
        """Write and sync all that is planned; the manifest has its name only when it is complete. Raises OSError."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(_UNFINISHED, flags, 0o600, dir_fd=set_folder)
        lines: list[dict[str, t.Any]] = [{"format": _FORMAT, "path": _text(origin.path), "host": origin.host}]
        lines.extend(
            {"folder": _text(folder.location), "mode": folder.mode, "uid": folder.user_id, "gid": folder.group_id}
            for folder in folders
        )
        lines.extend(_planned(model) for model in models)
        try:
            _write_all(self._descriptor, b"".join(map(_line, lines)))
            self.sync()
            os.rename(_UNFINISHED, MANIFEST, src_dir_fd=set_folder, dst_dir_fd=set_folder)
            os.fsync(set_folder)
        except BaseException:
            os.close(self._descriptor)
            raise

    def arrived(self, model: Model, sha256: str | None) -> None:
        """Add that a model is in the set, with its checksum where it was copied. Raises OSError, then adds nothing."""
        length = os.fstat(self._descriptor).st_size
        try:
            _write_all(self._descriptor, _line({"arrived": _text(model.location), "sha256": sha256}))
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


def read_manifest(set_folder: int, shown: str) -> Manifest | None:
    """Read the manifest of an open set, or return None where there is none. ``shown`` is the set's path for errors.

    Raises OcrModelError where it is not a manifest of this collection.
    """
    try:
        descriptor = os.open(MANIFEST, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=set_folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _damaged(shown, error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _damaged(shown, "it is no regular file")
    with open(descriptor, "rb") as stream:
        lines = stream.read().split(b"\n")[:-1]
    try:
        return _parse([json.loads(line) for line in lines])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise _damaged(shown, error) from error


def _damaged(shown: str, why: object) -> OcrModelError:
    path = os.path.join(shown, os.fsdecode(MANIFEST))
    return OcrModelError(f"{path} is damaged ({why}); restore its files by hand, or move the set away")


def _parse(lines: list[dict[str, t.Any]]) -> Manifest:
    header = lines[0]
    if header["format"] != _FORMAT:
        raise ValueError(f"format {header['format']} is unknown to this release")
    entries: dict[bytes, Entry] = {}
    folders: dict[bytes, FolderEntry] = {}
    for line in lines[1:]:
        if "folder" in line:
            location = _location(line["folder"])
            folders[location] = FolderEntry(location, line["mode"], line["uid"], line["gid"])
        elif "arrived" in line:
            location = _location(line["arrived"])
            entries[location] = entries[location]._replace(sha256=line["sha256"])
        else:
            entry = _planned_entry(line)
            entries[entry.location] = entry
    return Manifest(Origin(_raw(header["path"]), header["host"]), entries, folders)


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


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


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
