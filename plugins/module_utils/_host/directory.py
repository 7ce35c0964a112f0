# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Open a model directory without being led astray."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import way_in
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import (
    Mount,
    mount_id,
    mount_of,
    real_path_of,
)

# How everything is opened. A model: never waiting (FIFO, lease of somebody else), never as the controlling terminal.
OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
OPEN_MODEL = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC
# What has a name, a link itself too, and a folder to start from. Neither can be read.
OPEN_ENTRY = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
OPEN_START = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC

# The unit of st_blocks in stat(2), in bytes.
SECTOR = 512

# Directories that no OCR application owns: a prune there would walk through the whole system.
# fmt: off
_SYSTEM_DIRECTORIES = (
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib32", "/lib64", "/media", "/mnt", "/opt", "/proc",
    "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/local",
    "/usr/sbin", "/usr/share", "/var", "/var/cache", "/var/lib", "/var/log", "/var/tmp",
)
# fmt: on

# As many as path_resolution(7) allows.
_LINK_LIMIT = 40


class ModelDirectory:
    """An open model directory; everything below it is reached through its descriptor.

    ``path`` is the directory as the user named it, ``real_path`` as the kernel names it.
    """

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor
        status = os.fstat(descriptor)
        self.device = status.st_dev
        self.inode = status.st_ino
        self.mount = mount_of(descriptor)
        self.real_path = real_path_of(descriptor)

    def __enter__(self) -> ModelDirectory:
        return self

    def __exit__(self, *_unused: object) -> None:
        close_quietly(self.descriptor)

    @property
    def plain(self) -> bool:
        """Whether a mapping in /proc/PID/maps shows the same device and inode as stat(2) does.

        Not so on overlayfs (maps shows the layer below) nor on btrfs (stat shows the subvolume's own device).
        """
        return self.mount.granted_lease_proves_disuse and self.mount.device == self.device

    def holds(self, real_path: bytes, mount: Mount) -> bool:
        """Whether another directory, by its real path and its mount, is this one or lies below it.

        It may do so by its path, be it on a file system mounted there, or within the file system, behind a bind mount.
        """
        device, place = mount.within(real_path)
        own_device, own_place = self.mount.within(self.real_path)
        below_path = (real_path + b"/").startswith(self.real_path + b"/")
        return below_path or (device == own_device and (place + b"/").startswith(own_place + b"/"))

    def open_folder(self, location: bytes) -> int:
        """Open the folder ``location`` (relative, b"" for the directory itself) and return its descriptor.

        No component is followed if it is a link, and none may lie on another mount: both raise OSError (ELOOP, ENOTDIR,
        EXDEV), as does a folder that vanished (ENOENT).
        """
        descriptor = open_folder_below(self.descriptor, location)
        try:
            if location and mount_id(descriptor) != self.mount.id:
                raise OSError(errno.EXDEV, "lies on another mount", location)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def folder(self, location: bytes) -> t.ContextManager[int]:
        """Open the folder ``location`` for the time of a ``with`` block; errors as in open_folder."""
        return closing(self.open_folder(location))


@contextlib.contextmanager
def closing(descriptor: int) -> t.Iterator[int]:
    """Close a descriptor at the end of a ``with`` block. Raises OSError where that fails."""
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def close_quietly(descriptor: int) -> None:
    """Close a folder, or a file, of which nothing that was written can be lost any more. Never fails."""
    try:
        os.close(descriptor)
    except (OSError, MemoryError):
        return


def open_folder_below(start: int, location: bytes) -> int:
    """Open the folder ``location`` relative to the open folder ``start``, following no link. Raises OSError."""
    descriptor = os.open(b".", OPEN_FOLDER, dir_fd=start)
    try:
        for component in location.split(b"/") if location else ():
            below = os.open(component, OPEN_FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def open_directory(option: str, path: str) -> ModelDirectory | None:
    """Open the model directory ``path`` (absolute) and return it, or None where it does not exist.

    Raises OcrModelError, which names ``option``, for a system directory, an unreadable one, and all that resolve_path
    refuses; OSError where /proc cannot tell its mount.
    """
    component = resolve_path(option, path)
    if component is None:
        return None
    with closing(component):
        _refuse_system_directory(option, path, os.fstat(component))
        descriptor = open_resolved(option, path, component)
        try:
            return ModelDirectory(path, descriptor)
        except BaseException:
            os.close(descriptor)
            raise


def resolve_path(option: str, path: str) -> int | None:
    """Return an O_PATH descriptor of the directory ``path`` (absolute), or None where it does not exist.

    Links on the way are followed by a rule like that of systemd's CHASE_SAFE: a link of root, or of the user who runs
    this, may lead anywhere; a link of any other user only to a directory of that same user. Otherwise the owner of the
    link could aim a run of root at somebody else's files.
    Raises OcrModelError, which names ``option``, for a relative path, a file, a refused link, and what the kernel
    refuses.
    """
    if not os.path.isabs(path):
        raise OcrModelError(f"{option}: {path} is relative; give an absolute path")
    try:
        component = _Resolver(option, path).resolve()
    except FileNotFoundError:
        return None
    except NotADirectoryError as error:
        raise _not_a_directory(option, path) from error
    except OSError as error:
        raise OcrModelError(f"{option}: {path} cannot be reached by uid {os.geteuid()}: {error.strerror}") from error
    if not stat.S_ISDIR(os.fstat(component).st_mode):
        os.close(component)
        raise _not_a_directory(option, path)
    return component


def open_resolved(option: str, path: str, component: int) -> int:
    """Open for reading what resolve_path returned. Raises OcrModelError where this user may not read it."""
    try:
        return os.open(b".", OPEN_FOLDER, dir_fd=component)
    except OSError as error:
        raise OcrModelError(
            f"{option}: {path} cannot be read by uid {os.geteuid()} ({error.strerror}); "
            f"{way_in(os.fstat(component).st_uid)}"
        ) from error


def _not_a_directory(option: str, path: str) -> OcrModelError:
    return OcrModelError(f"{option}: {path} is not a directory; name a folder")


def _refuse_system_directory(option: str, path: str, status: os.stat_result) -> None:
    for system in _SYSTEM_DIRECTORIES:
        try:
            other = os.stat(system)
        except OSError:
            continue
        if (other.st_dev, other.st_ino) == (status.st_dev, status.st_ino):
            raise OcrModelError(
                f"{option}: {path} is the system directory {system}; name a folder of the OCR application"
            )


class _Resolver:
    """Walk a path one component at a time, on descriptors, so that nobody can swap what was checked."""

    def __init__(self, option: str, path: str) -> None:
        self._option = option
        self._path = path
        self._links_left = _LINK_LIMIT
        self._followed_untrusted_link = False
        self._trusted_owners = (0, os.geteuid())

    def resolve(self) -> int:
        """Return an O_PATH descriptor of what the path leads to. Raises OSError and OcrModelError."""
        start = os.open(b"/", OPEN_START)
        return self._descend(start, os.fsencode(self._path))

    def _descend(self, current: int, path: bytes) -> int:
        """Go from ``current`` (which this closes) along ``path``; return the descriptor reached."""
        try:
            for component in path.split(b"/"):
                if component in (b"", b"."):
                    continue
                if component == b".." and self._followed_untrusted_link:
                    raise OcrModelError(
                        f"{self._option}: {self._path} is refused: it goes up (..) from where a link of another user "
                        "leads; give the real path"
                    )
                below = os.open(component, OPEN_ENTRY, dir_fd=current)
                try:
                    status = os.fstat(below)
                    if stat.S_ISLNK(status.st_mode):
                        target = self._follow(below, status.st_uid, current, component)
                        os.close(below)
                        below = target
                except BaseException:
                    os.close(below)
                    raise
                os.close(current)
                current = below
        except BaseException:
            os.close(current)
            raise
        return current

    def _follow(self, link: int, owner: int, parent: int, name: bytes) -> int:
        self._links_left -= 1
        if self._links_left < 0:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        destination = os.readlink(b"", dir_fd=link)
        if destination.startswith(b"/"):
            start = os.open(b"/", OPEN_START)
        else:
            start = os.open(b".", OPEN_START, dir_fd=parent)
        target = self._descend(start, destination)
        if owner in self._trusted_owners:
            return target
        self._followed_untrusted_link = True
        if os.fstat(target).st_uid != owner:
            target_owner = os.fstat(target).st_uid
            os.close(target)
            raise OcrModelError(
                f"{self._option}: {self._path} is refused: its link {os.fsdecode(name)} belongs to uid {owner}, but "
                f"leads to {os.fsdecode(destination)} of uid {target_owner}; give the real path, or let root own it"
            )
        return target
