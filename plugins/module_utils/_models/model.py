# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""A model: a regular file or a link below a model directory, and how its name is shown."""

from __future__ import annotations

import os
import typing as t

if t.TYPE_CHECKING:

    class InFolder(t.Protocol):
        """A model, or what is said of one."""

        @property
        def folder(self) -> bytes:
            """The location of its folder."""


from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed

CURRENT = "current"
STALE = "stale"
INCOMPLETE = "incomplete"

# What a required model is.
PRESENT = "present"
DIFFERENT = "different"

Identity = t.Tuple[int, int]


_InFolder = t.TypeVar("_InFolder", bound="InFolder")


class Model(Record):
    """A regular file or symbolic link below the model directory. Sizes in bytes, times in ns since the epoch.

    ``location`` is its path relative to the model directory: ``folder`` (b"" for the model directory itself) and
    ``file_name``. ``identity``, device and inode, is what makes it the same file whatever its name. ``superseded_by``
    is the location of the newest of its family where enough of that are newer, ``required`` PRESENT or DIFFERENT where
    the host must have it, and ``checksum`` its SHA-256 where that was asked for.
    """

    location: bytes
    folder: bytes
    file_name: bytes
    status: str
    stale_prefix: str | None
    size: int
    allocated: int
    modified_ns: int
    identity: Identity
    links: int
    mode: int
    user_id: int
    group_id: int
    link_target: bytes | None
    superseded_by: bytes | None = None
    required: str | None = None
    checksum: str | None = None

    @property
    def name(self) -> str:
        """The path relative to the model directory, as it is displayed."""
        return displayed(self.location)

    @property
    def stale_folders(self) -> list[bytes]:
        """The locations of the folders above it that are stale themselves: their own name, or one above, makes it so.

        In a stale folder the prefix of every model is that of the outermost folder that begins with one.
        """
        if self.stale_prefix is None:
            return []
        prefix = self.stale_prefix.encode("utf-8", "surrogateescape")
        parts = self.folder.split(b"/")
        first = next((number for number, part in enumerate(parts) if part.startswith(prefix)), len(parts))
        return [b"/".join(parts[:end]) for end in range(first + 1, len(parts) + 1)]

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link, which is never followed."""
        return self.link_target is not None


def identity_of(status: os.stat_result) -> Identity:
    """Return what makes a file the same one."""
    return status.st_dev, status.st_ino


def location_in(folder: bytes, name: bytes) -> bytes:
    """Return the location of what has this name in the folder at a location."""
    return folder + b"/" + name if folder else name


def by_folder(items: t.Iterable[_InFolder]) -> dict[bytes, list[_InFolder]]:
    """Return models by their folder, in the order in which they come."""
    folders: dict[bytes, list[_InFolder]] = {}
    for item in items:
        folders.setdefault(item.folder, []).append(item)
    return folders
