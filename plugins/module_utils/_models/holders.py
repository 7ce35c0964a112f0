# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Which processes have a model open or mapped: what /proc shows, matched by device and inode."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.cgroup import units_of_cgroup
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import root
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import (
    remote_mount_points,
    unescape_octal,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed

_DELETED = b" (deleted)"

# proc_pid_maps(5): address range, permissions, offset, device, inode, path. Anonymous memory has inode 0.
_MAPPING = re.compile(
    rb"^(([0-9a-f]+)-([0-9a-f]+)) \S+ ([0-9a-f]+) ([0-9a-f]+:[0-9a-f]+) ([1-9]\d*) +(.*)$", re.MULTILINE
)


class PendingFile(t.NamedTuple):
    """A deleted file that a process still keeps on the disk."""

    identity: Identity
    name: str
    allocated: int


class Holder(t.NamedTuple):
    """A process with models open or mapped."""

    pid: int
    command: str
    user: str
    unit: str | None
    identities: frozenset[Identity]
    pending: tuple[PendingFile, ...]

    @property
    def label(self) -> str:
        """How a reason names it: ``4711 (python3, ocr.service)``."""
        return f"{self.pid} ({self.command}{', ' + self.unit if self.unit is not None else ''})"


class Holders(t.NamedTuple):
    """All holders found, by pid; ``complete`` is false when some process could not be looked into."""

    found: tuple[Holder, ...]
    complete: bool

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

    def pending_bytes(self) -> int:
        """Return the bytes that deleted models still take up, each file counted once."""
        return sum({file.identity: file.allocated for holder in self.found for file in holder.pending}.values())


@root()
def find_holders(
    directory: ModelDirectory,
    wanted: t.AbstractSet[Identity],
    deleted: t.Mapping[Identity, bytes] | None = None,
) -> Holders:
    """Look through every process for the files ``wanted``, and for deleted models that it still holds.

    Deleted models are those that ``deleted`` names, and those that /proc shows to have lain below ``directory``.
    """
    found = []
    # Only root sees into every process, and hidepid of proc(5) can hide whole processes from others.
    complete = os.geteuid() == 0
    own_pid = os.getpid()
    remote = remote_mount_points(directory.mount.device)
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == own_pid:
            continue
        process = _Process(int(entry), directory, wanted, deleted or {}, remote)
        complete = process.look() and complete
        holder = process.holder()
        if holder is not None:
            found.append(holder)
    found.sort()
    return Holders(tuple(found), complete)


class _Process:
    """What one process holds. Files below the mount points ``remote`` are not touched: stat could hang."""

    def __init__(
        self,
        pid: int,
        directory: ModelDirectory,
        wanted: t.AbstractSet[Identity],
        deleted: t.Mapping[Identity, bytes],
        remote: tuple[bytes, ...],
    ) -> None:
        self._pid = pid
        self._proc = f"/proc/{pid}"
        self._directory = directory
        self._wanted = wanted
        self._deleted = deleted
        self._remote = remote
        self._complete = True
        self._held: set[Identity] = set()
        self._pending: dict[Identity, PendingFile] = {}

    def look(self) -> bool:
        """Read the mappings and descriptors; return whether all could be seen. A process that ended holds nothing."""
        for part in (self._look_at_mappings, self._look_at_descriptors):
            with self._tolerance():
                part()
        return self._complete

    @contextlib.contextmanager
    def _tolerance(self) -> t.Iterator[None]:
        """Pass over what is gone meanwhile, and note what could not be seen."""
        try:
            yield
        except (FileNotFoundError, ProcessLookupError):
            pass
        except OSError:
            self._complete = False

    def holder(self) -> Holder | None:
        """Return what look found, or None when the process holds nothing or has ended."""
        if not self._held and not self._pending:
            return None
        try:
            with open(self._proc + "/comm", "rb") as stream:
                command = displayed(stream.read().rstrip(b"\n"))
            user_id = os.stat(self._proc).st_uid
            with open(self._proc + "/cgroup", "rb") as stream:
                units = units_of_cgroup(stream.read())
        except OSError:
            return None
        try:
            user = displayed(pwd.getpwuid(user_id).pw_name)
        except KeyError:
            user = str(user_id)
        return Holder(
            pid=self._pid,
            command=command,
            user=user,
            unit=displayed(units[0]) if units else None,
            identities=frozenset(self._held),
            pending=tuple(sorted(self._pending.values())),
        )

    def _look_at_descriptors(self) -> None:
        folder = self._proc + "/fd"
        for entry in os.listdir(folder):
            path = f"{folder}/{entry}"
            with self._tolerance():
                shown = os.fsencode(os.readlink(path))
                if shown.startswith(b"/") and not shown.startswith(self._remote):
                    self._see(os.stat(path), shown)

    def _look_at_mappings(self) -> None:
        with open(self._proc + "/maps", "rb") as stream:
            content = stream.read()
        plain = self._directory.plain
        below = self._directory.real_path + b"/"
        candidates: dict[Identity, tuple[bytes, bytes, int]] = {}
        for match in _MAPPING.finditer(content):
            addresses, start, end, offset, device, inode, shown = match.groups()
            major, minor = device.split(b":")
            identity = (os.makedev(int(major, 16), int(minor, 16)), int(inode))
            if plain and identity in self._wanted:
                self._held.add(identity)
                continue
            if plain and not (identity in self._deleted or (shown.startswith(below) and shown.endswith(_DELETED))):
                continue
            reach = int(offset, 16) + int(end, 16) - int(start, 16)
            known = candidates.get(identity)
            candidates[identity] = (addresses, shown, max(reach, known[2] if known is not None else 0))
        for identity, (addresses, shown, reach) in candidates.items():
            path = unescape_octal(shown)
            if not path.startswith(self._remote):
                with self._tolerance():
                    self._see_mapping(addresses, path, identity, reach)

    def _see_mapping(self, addresses: bytes, path: bytes, identity: Identity, reach: int) -> None:
        """Find out which file a mapping is of; ``reach`` is up to which byte of the file it goes."""
        try:
            status = os.stat(f"{self._proc}/map_files/{os.fsdecode(addresses)}")
        except PermissionError:
            # Following map_files takes CAP_CHECKPOINT_RESTORE, even for the owner's own processes.
            if path.endswith(_DELETED):
                self._add_pending(identity, path, reach)
                return
            status = os.stat(os.fsencode(self._proc + "/root") + path)
        self._see(status, path)

    def _see(self, status: os.stat_result, shown: bytes) -> None:
        identity = (status.st_dev, status.st_ino)
        if identity in self._wanted:
            self._held.add(identity)
        elif status.st_nlink == 0 and status.st_dev == self._directory.device:
            self._add_pending(identity, shown, status.st_blocks * 512)

    def _add_pending(self, identity: Identity, shown: bytes, allocated: int) -> None:
        location = self._deleted.get(identity)
        start = self._directory.real_path + b"/"
        if location is None and shown.startswith(start) and shown.endswith(_DELETED):
            location = shown[len(start) : -len(_DELETED)]
        if location is not None:
            self._pending[identity] = PendingFile(identity, displayed(location), allocated)
