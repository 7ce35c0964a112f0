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
    Mount,
    MountTables,
    mount_identity,
    unescape_octal,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed

_DELETED = b" (deleted)"

# Memory that the kernel shows like a file, on a mount of its own that nobody sees.
_MEMORY = (b"/memfd:", b"/dmabuf:", b"/secretmem", b"/SYSV", b"/dev/zero (deleted)", b"/[aio]")

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
    """All holders found, by pid; ``complete`` is false when some process could not be looked into.

    ``deleted_known`` is false when of some deleted file it could not be told whether it was a model.
    """

    found: tuple[Holder, ...]
    complete: bool
    deleted_known: bool = True

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

    Deleted models are those that ``deleted`` names, and those that lay in ``directory``, through whatever mount and in
    whatever mount namespace a process has them: what counts is the place within the file system.
    Only what lies on the directory's own file system is touched, as stat(2) on another one may hang.
    """
    found = []
    # Only root sees into every process, and hidepid of proc(5) can hide whole processes from others.
    complete = os.geteuid() == 0
    own_pid = os.getpid()
    tables = MountTables()
    pids = [int(entry) for entry in os.listdir("/proc") if entry.isdigit() and int(entry) != own_pid]
    processes = [_Process(pid, directory, wanted, deleted or {}, tables) for pid in pids]
    # First: a process may hold what lies on a mount that only another one sees.
    for process in processes:
        process.read_mounts()
    # Of a remote file system other hosts, and processes that use what lies beneath, may hold a deleted file.
    deleted_known = not directory.mount.remote and tables.of(directory.mount.identity) is not None
    for process in processes:
        process.look()
        complete = process.complete and complete
        deleted_known = process.deleted_known and deleted_known
        holder = process.holder()
        if holder is not None:
            found.append(holder)
    found.sort()
    return Holders(tuple(found), complete, deleted_known)


class _Process:
    """What one process holds. ``complete`` and ``deleted_known`` are as in Holders."""

    def __init__(
        self,
        pid: int,
        directory: ModelDirectory,
        wanted: t.AbstractSet[Identity],
        deleted: t.Mapping[Identity, bytes],
        tables: MountTables,
    ) -> None:
        self._pid = pid
        self._proc = f"/proc/{pid}"
        self._directory = directory
        self._wanted = wanted
        self._deleted = deleted
        self._tables = tables
        self._sees_the_same = False
        self.complete = True
        self.deleted_known = True
        self._held: set[Identity] = set()
        self._pending: dict[Identity, PendingFile] = {}

    @property
    def _own_mount(self) -> Mount:
        """The mount of the model directory; a chrooted run knows it from other processes only."""
        return self._tables.of(self._directory.mount.identity) or self._directory.mount

    def read_mounts(self) -> None:
        """Learn which mounts the process sees."""
        with self._tolerance():
            self._sees_the_same = self._tables.read(self._pid) == self._tables.own

    def look(self) -> None:
        """Read the mappings and descriptors. A process that ended holds nothing."""
        for part in (self._look_at_mappings, self._look_at_descriptors):
            with self._tolerance():
                part()

    @contextlib.contextmanager
    def _tolerance(self) -> t.Iterator[None]:
        """Pass over what is gone meanwhile, and note what could not be seen."""
        try:
            yield
        except (FileNotFoundError, ProcessLookupError):
            pass
        except OSError:
            self.complete = False

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
            with self._tolerance():
                shown = os.fsencode(os.readlink(f"{folder}/{entry}"))
                if shown.startswith(b"/") and not shown.startswith(_MEMORY):
                    self._look_at_descriptor(entry, shown)

    def _look_at_descriptor(self, entry: str, shown: bytes) -> None:
        with open(f"{self._proc}/fdinfo/{entry}", "rb") as stream:
            fields = dict(line.split(b":", 1) for line in stream.read(4096).splitlines() if b":" in line)
        mount = self._tables.of(int(fields[b"mnt_id"]))
        if mount is None:
            # Detached, or outside of all roots. Linux 5.14 and newer at least tell the inode.
            if b"ino" not in fields or int(fields[b"ino"]) in {inode for _device, inode in self._wanted}:
                self.complete = False
            if shown.endswith(_DELETED):
                self.deleted_known = False
        elif mount.device == self._own_mount.device:
            self._see(os.stat(f"{self._proc}/fd/{entry}"), shown, mount)

    def _look_at_mappings(self) -> None:
        with open(self._proc + "/maps", "rb") as stream:
            content = stream.read()
        if not content and len(os.listdir(self._proc + "/task")) > 1:
            # The first thread has ended, and with it what /proc shows of the others.
            self.complete = False
        plain = self._directory.plain
        candidates: dict[Identity, tuple[bytes, bytes, int]] = {}
        for match in _MAPPING.finditer(content):
            addresses, start, end, offset, device, inode, shown = match.groups()
            major, minor = device.split(b":")
            identity = (os.makedev(int(major, 16), int(minor, 16)), int(inode))
            if plain and identity in self._wanted:
                self._held.add(identity)
                continue
            if plain and not (identity in self._deleted or shown.endswith(_DELETED)):
                continue
            reach = int(offset, 16) + int(end, 16) - int(start, 16)
            known = candidates.get(identity)
            candidates[identity] = (addresses, shown, max(reach, known[2] if known is not None else 0))
        for identity, (addresses, shown, reach) in candidates.items():
            path = unescape_octal(shown)
            if self._may_be_ours(identity[0], path):
                with self._tolerance():
                    self._see_mapping(addresses, path, identity, reach)

    def _may_be_ours(self, device: int, path: bytes) -> bool:
        """Whether a mapping that shows ``device`` may be of the directory's file system, and can be looked at."""
        mount = self._own_mount
        if device == mount.device:
            return True
        if not mount.shows_layers or path.startswith(_MEMORY):
            return False
        if self._tables.is_local(device):
            return True
        self.complete = False
        return False

    def _see_mapping(self, addresses: bytes, path: bytes, identity: Identity, reach: int) -> None:
        """Find out which file a mapping is of; ``reach`` is up to which byte of the file it goes."""
        link = f"{self._proc}/map_files/{os.fsdecode(addresses)}"
        try:
            descriptor = os.open(link, os.O_PATH | os.O_CLOEXEC)
        except PermissionError:
            # Following map_files takes CAP_CHECKPOINT_RESTORE, even for the owner's own processes. A path is walked
            # only where it is the directory's own, as there is no telling what lies on the way elsewhere.
            if self._sees_the_same and path.startswith(self._directory.real_path + b"/"):
                if path.endswith(_DELETED):
                    self._add_pending(identity, path, reach, self._own_mount)
                else:
                    self._see(os.stat(path), path, self._own_mount)
            return
        try:
            self._see(os.fstat(descriptor), path, self._tables.of(mount_identity(descriptor)))
        finally:
            os.close(descriptor)

    def _see(self, status: os.stat_result, shown: bytes, mount: Mount | None) -> None:
        identity = (status.st_dev, status.st_ino)
        if identity in self._wanted:
            self._held.add(identity)
        elif status.st_nlink == 0 and (mount is None or mount.device == self._own_mount.device):
            self._add_pending(identity, shown, status.st_blocks * 512, mount)

    def _add_pending(self, identity: Identity, shown: bytes, allocated: int, mount: Mount | None) -> None:
        location = self._deleted.get(identity)
        if location is None and shown.endswith(_DELETED):
            path = shown[: -len(_DELETED)]
            if mount is None or not (path + b"/").startswith(mount.point.rstrip(b"/") + b"/"):
                self.deleted_known = False
                return
            _device, place = mount.place(path)
            start = self._own_mount.place(self._directory.real_path)[1] + b"/"
            if place.startswith(start):
                location = place[len(start) :]
        if location is not None:
            self._pending[identity] = PendingFile(identity, displayed(location), allocated)
