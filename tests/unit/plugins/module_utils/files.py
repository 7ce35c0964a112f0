# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make model directories, and look at what is on the disk."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
import time
import typing as t
from pathlib import Path

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory, open_directory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import STALE, Model

IS_ROOT = os.geteuid() == 0

# Whom root becomes in a test of what an ordinary user may do. Such a user stays who it is.
ORDINARY_USER = 65534 if IS_ROOT else os.geteuid()

DAY = 86400

# Kind, mode and owners of a file, link or folder, then what makes it the very one: content, inode, times.
Listing = t.Dict[bytes, t.Tuple[t.Any, ...]]


@contextlib.contextmanager
def temporary_area() -> t.Iterator[Path]:
    """Make a folder that every user may enter, where leases tell exactly whether a file is in use, for a test.

    pytest's own tmp_path is closed to other users, in a container on its overlay file system, and slow where backup
    sets are synced to a disk.
    """
    for parent in ("/dev/shm", tempfile.gettempdir()):
        if not os.access(parent, os.W_OK | os.X_OK):
            continue
        path = os.path.realpath(tempfile.mkdtemp(prefix="ocr-unit-", dir=parent))
        try:
            os.chmod(path, 0o755)
            with opened(path) as directory:
                exact = directory.plain
            if exact:
                yield Path(path)
                return
        finally:
            _remove(path)
    raise AssertionError("neither /dev/shm nor the temporary directory is on a file system of this kernel alone")


def _remove(path: str) -> None:
    """Remove a folder and all below it, though a test may have closed some of that to this user."""
    os.chmod(path, 0o700)
    for parent, folders, _files in os.walk(path):
        for name in folders:
            if not os.path.islink(os.path.join(parent, name)):
                os.chmod(os.path.join(parent, name), 0o700)
    shutil.rmtree(path)


def opened(path: Path | str) -> ModelDirectory:
    """Open a directory that is there."""
    directory = open_directory("path", str(path))
    assert directory is not None
    return directory


@contextlib.contextmanager
def descriptor_of(folder: Path) -> t.Iterator[int]:
    """Open a folder for the time of a ``with`` block."""
    descriptor = os.open(str(folder), os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def make_file(path: Path, content: bytes = b"a model", *, age: float = 0) -> Path:
    """Write a file that was modified ``age`` seconds ago, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    modified_ns = time.time_ns() - int(age * 10**9)
    os.utime(str(path), ns=(modified_ns, modified_ns))
    return path


def make_files(folder: Path, *names: str) -> Path:
    """Make a folder with files of these names, each with its own name as content."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        make_file(folder / name, os.fsencode(name))
    return folder


def make_link(path: Path, target: str) -> Path:
    """Make a symbolic link, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    return path


def give_to_ordinary_user(*paths: Path) -> None:
    """Make files, links and folders the ordinary user's own."""
    for path in paths:
        os.chown(str(path), ORDINARY_USER, ORDINARY_USER if IS_ROOT else -1, follow_symlinks=False)


def listing(folder: Path, *, folders_exactly: bool = True) -> Listing:
    """Return everything below ``folder``, hidden or not, by relative path; nothing can change without being seen here.

    Without ``folders_exactly`` a folder that was made again in the same way counts as the same.
    """
    top = os.fsencode(folder)
    found: Listing = {}
    for parent, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(parent, name)
            status = os.lstat(path)
            entry: tuple[t.Any, ...] = (stat.filemode(status.st_mode), status.st_uid, status.st_gid)
            if folders_exactly or not stat.S_ISDIR(status.st_mode):
                entry += (status.st_ino, status.st_mtime_ns)
            if stat.S_ISLNK(status.st_mode):
                entry += (os.readlink(path),)
            elif stat.S_ISREG(status.st_mode) and os.access(path, os.R_OK):
                with open(path, "rb") as stream:
                    entry += (hashlib.sha256(stream.read()).hexdigest(),)
            found[os.path.relpath(path, top)] = entry
    return found


def names_in(folder: Path) -> list[str]:
    """Return the relative paths of all that is below ``folder``, sorted."""
    return sorted(os.fsdecode(name) for name in listing(folder))


def sample_model(location: str = "old_model.bin", *, links: int = 1, **fields: t.Any) -> Model:
    """Return a stale model of 1000 bytes that is on no disk; each location is a file of its own."""
    raw = os.fsencode(location)
    values: dict[str, t.Any] = {
        "location": raw,
        "folder": os.path.dirname(raw),
        "file_name": os.path.basename(raw),
        "status": STALE,
        "stale_prefix": "old_",
        "size": 1000,
        "allocated": 4096,
        "modified_ns": 0,
        "identity": (1, int.from_bytes(raw, "big")),
        "links": links,
        "mode": stat.S_IFREG | 0o644,
        "user_id": os.geteuid(),
        "group_id": os.getegid(),
        "link_target": None,
    }
    values.update(fields)
    return Model(**values)
