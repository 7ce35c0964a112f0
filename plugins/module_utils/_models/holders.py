# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Which processes have a model open or mapped, or a deleted one, and which devices."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

# The process ID of a holder that is no process but a device.
DEVICE = 0

# What the kernel appends to the path of a file that has no name any more.
DELETED = b" (deleted)"

# The models that a run removed: of which directory, by its real path, and the location in it.
Deleted = t.Mapping[Identity, t.Tuple[bytes, bytes]]


class PendingFile(Record):
    """A deleted file that a process still keeps on the disk; ``directory`` is the real path of where it was a model."""

    identity: Identity
    directory: bytes
    name: str
    allocated: int


class Holder(Record):
    """A process with models open or mapped, or a device: its pid is DEVICE, its command the path."""

    pid: int
    command: str
    user: str
    unit: str | None
    identities: frozenset[Identity]
    pending: tuple[PendingFile, ...]

    @property
    def label(self) -> str:
        """How a reason names it: ``4711 (python3, ocr.service)``, or ``/dev/loop0``."""
        if self.pid == DEVICE:
            return self.command
        return f"{self.pid} ({self.command}{', ' + self.unit if self.unit is not None else ''})"


class Holders(Record):
    """All holders found, by pid; ``complete`` is false when some process could not be looked into.

    ``deleted_known`` is false when of some deleted file it could not be told whether it was a model. ``obscure`` are
    the real paths of directories whose deleted models may be held by others, whom nobody sees here.
    """

    found: tuple[Holder, ...]
    complete: bool
    deleted_known: bool = True
    obscure: frozenset[bytes] = frozenset()

    def of(self, identity: Identity) -> list[Holder]:
        """Return the holders of one file."""
        return [holder for holder in self.found if identity in holder.identities]

    def by_identity(self) -> dict[Identity, list[Holder]]:
        """Return the holders of every held file."""
        result: dict[Identity, list[Holder]] = {}
        for holder in self.found:
            for identity in holder.identities:
                result.setdefault(identity, []).append(holder)
        return result

    def pending_bytes(self, directory: bytes) -> int | None:
        """Return the bytes that deleted models of a directory, by its real path, still take up, each file counted once.

        None where nothing was seen of that but not every process could be looked into, or of some deleted file it could
        not be told whether it was a model: then it cannot be said to be 0.
        """
        files = {file.identity: file for holder in self.found for file in holder.pending if file.directory == directory}
        seen = sum(file.allocated for file in files.values())
        known = self.complete and self.deleted_known and directory not in self.obscure
        return seen if seen or known else None
