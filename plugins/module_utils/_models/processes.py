# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Look through /proc for those who have a model open or mapped, matched by device and inode."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.cgroup import units_of_cgroup
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import SECTOR, ModelDirectory, closing
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import root
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.loops import loop_devices
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import (
    Mount,
    MountTables,
    mount_id,
    unescape_octal,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.holders import (
    DELETED,
    Deleted,
    Holder,
    Holders,
    PendingFile,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, identity_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed

# Memory that the kernel shows like a file, on a mount of its own that nobody sees.
_MEMORY = (b"/memfd:", b"/dmabuf:", b"/secretmem", b"/SYSV", b"/dev/zero (deleted)", b"/[aio]")

# proc_pid_maps(5): address range, permissions, offset, device, inode, path. Anonymous memory has inode 0.
_MAPPING = re.compile(
    rb"^(([0-9a-f]+)-([0-9a-f]+)) \S+ ([0-9a-f]+) ([0-9a-f]+:[0-9a-f]+) ([1-9]\d*) +(.*)$", re.MULTILINE
)


def find_holders(
    directories: t.Sequence[ModelDirectory], wanted: t.AbstractSet[Identity], deleted: Deleted | None = None
) -> Holders:
    """Look through every process, once, for the files ``wanted``, and for deleted models that it still holds.

    Deleted models are those that ``deleted`` names, and those that lay in one of the directories, through whatever
    mount and in whatever mount namespace a process has them: what counts is the place within the file system.
    Only what lies on the directories' own file systems is touched, as stat(2) on another one may hang. Loop devices are
    holders, too.
    """
    processes = _find_processes(directories, wanted, deleted or {})
    loops = loop_devices()
    if not loops:
        return processes
    # Only here: few hosts have any.
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.devices import find_devices

    devices = find_devices(loops, directories, wanted, deleted or {})
    return processes._replace(found=(*devices, *processes.found))


@root()
def _find_processes(
    directories: t.Sequence[ModelDirectory], wanted: t.AbstractSet[Identity], deleted: Deleted
) -> Holders:
    found = []
    # Only root sees into every process, and hidepid of proc(5) can hide whole processes from others.
    complete = os.geteuid() == 0
    own_pid = os.getpid()
    tables = MountTables()
    pids = [int(entry) for entry in os.listdir("/proc") if entry.isdigit() and int(entry) != own_pid]
    search = _Search(directories, wanted, deleted, tables)
    processes = [_Process(pid, search) for pid in pids]
    # First: a process may hold what lies on a mount that only another one sees.
    for process in processes:
        process.read_mounts()
    search.find_mounts()
    deleted_known = True
    for process in processes:
        process.look()
        complete = process.complete and complete
        deleted_known = process.deleted_known and deleted_known
        holder = process.holder()
        if holder is not None:
            found.append(holder)
    found.sort()
    # Of a remote file system other hosts, and processes that use what lies beneath, may hold a deleted file.
    obscure = [
        directory.real_path
        for directory in directories
        if directory.mount.remote or tables.of(directory.mount.id) is None
    ]
    return Holders(tuple(found), complete, deleted_known, frozenset(obscure))


class _Area(Record):
    """A model directory by its real path, and the mount that it is on."""

    real_path: bytes
    mount: Mount


class _Search:
    """What is looked for: files that are ``wanted``, and deleted models of the directories."""

    def __init__(
        self,
        directories: t.Sequence[ModelDirectory],
        wanted: t.AbstractSet[Identity],
        deleted: Deleted,
        tables: MountTables,
    ) -> None:
        self.wanted = wanted
        self.deleted = deleted
        self.tables = tables
        self.areas: list[_Area] = []
        self.devices: set[int] = set()
        self.shows_layers = False
        self._directories = directories
        self.plain_devices = {directory.device for directory in directories if directory.plain}
        self.all_plain = all(directory.plain for directory in directories)

    def find_mounts(self) -> None:
        """Learn on which mounts the directories are: a chrooted run knows that from other processes only."""
        self.areas = [
            _Area(directory.real_path, self.tables.of(directory.mount.id) or directory.mount)
            for directory in self._directories
        ]
        self.devices = {area.mount.device for area in self.areas}
        self.shows_layers = any(area.mount.shows_layers for area in self.areas)

    def directory_of(self, path: bytes, mount: Mount) -> tuple[bytes, bytes] | None:
        """Return of what directory, and where in it, a ``path`` on ``mount`` is; None where it lies in none of them."""
        device, place = mount.within(path)
        for area in self.areas:
            start = area.mount.within(area.real_path)[1] + b"/"
            if device == area.mount.device and place.startswith(start):
                return area.real_path, place[len(start) :]
        return None


class _Process:
    """What one process holds. ``complete`` and ``deleted_known`` are as in Holders."""

    def __init__(self, pid: int, search: _Search) -> None:
        self._pid = pid
        self._proc = f"/proc/{pid}"
        self._search = search
        self._tables = search.tables
        self._sees_the_same = False
        self.complete = True
        self.deleted_known = True
        self._held: set[Identity] = set()
        self._pending: dict[Identity, PendingFile] = {}

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
            if b"ino" not in fields or int(fields[b"ino"]) in {inode for _device, inode in self._search.wanted}:
                self.complete = False
            if shown.endswith(DELETED):
                self.deleted_known = False
        elif mount.device in self._search.devices:
            self._see(os.stat(f"{self._proc}/fd/{entry}"), shown, mount)

    def _look_at_mappings(self) -> None:
        with open(self._proc + "/maps", "rb") as stream:
            content = stream.read()
        if not content and len(os.listdir(self._proc + "/task")) > 1:
            # The first thread has ended, and with it what /proc shows of the others.
            self.complete = False
        search = self._search
        candidates: dict[Identity, tuple[bytes, bytes, int]] = {}
        for match in _MAPPING.finditer(content):
            addresses, start, end, offset, device, inode, shown = match.groups()
            major, minor = device.split(b":")
            identity = (os.makedev(int(major, 16), int(minor, 16)), int(inode))
            if identity[0] in search.plain_devices and identity in search.wanted:
                self._held.add(identity)
                continue
            if search.all_plain and not (identity in search.deleted or shown.endswith(DELETED)):
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
        """Whether a mapping that shows ``device`` may be of a directory's file system, and can be looked at."""
        if device in self._search.devices:
            return True
        if not self._search.shows_layers or path.startswith(_MEMORY):
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
            # only where it is a directory's own, as there is no telling what lies on the way elsewhere.
            for real_path, mount in self._search.areas:
                if self._sees_the_same and path.startswith(real_path + b"/"):
                    if path.endswith(DELETED):
                        self._add_pending(identity, path, reach, mount)
                    else:
                        self._see(os.stat(path), path, mount)
            return
        with closing(descriptor):
            self._see(os.fstat(descriptor), path, self._tables.of(mount_id(descriptor)))

    def _see(self, status: os.stat_result, shown: bytes, mount: Mount | None) -> None:
        identity = identity_of(status)
        if identity in self._search.wanted:
            self._held.add(identity)
        elif status.st_nlink == 0 and (mount is None or mount.device in self._search.devices):
            self._add_pending(identity, shown, status.st_blocks * SECTOR, mount)

    def _add_pending(self, identity: Identity, shown: bytes, allocated: int, mount: Mount | None) -> None:
        place = self._search.deleted.get(identity)
        if place is None and shown.endswith(DELETED):
            path = shown[: -len(DELETED)]
            if mount is None or not (path + b"/").startswith(mount.point.rstrip(b"/") + b"/"):
                self.deleted_known = False
                return
            place = self._search.directory_of(path, mount)
        if place is not None:
            directory, location = place
            self._pending[identity] = PendingFile(identity, directory, displayed(location), allocated)
