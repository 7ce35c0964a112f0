# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Small operations on open folders that the backup needs: look for a name, remove a tree."""

from __future__ import annotations

import errno
import os

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import OPEN_FOLDER
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import mount_identity


def is_present(folder: int, name: bytes) -> bool:
    """Whether the open ``folder`` has an entry ``name``, be it a dangling link. Raises OSError."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def holds_files(folder: int) -> bool:
    """Whether there is anything but folders below the open ``folder``. A mount point counts. Raises OSError."""
    mount = mount_identity(folder)
    for name in os.listdir(folder):
        try:
            below = os.open(name, OPEN_FOLDER, dir_fd=folder)
        except NotADirectoryError:
            return True
        try:
            if mount_identity(below) != mount or holds_files(below):
                return True
        finally:
            os.close(below)
    return False


def remove_below(folder: int, *, files: bool) -> None:
    """Remove all that is below the open ``folder``; without ``files``, only the folders that hold nothing.

    No link is followed and no mount point crossed. Raises OSError at what cannot be removed, ENOTEMPTY among others.
    """
    mount = mount_identity(folder)
    for name in map(os.fsencode, os.listdir(folder)):
        try:
            below = os.open(name, OPEN_FOLDER, dir_fd=folder)
        except NotADirectoryError:
            # So Linux answers for a link as well.
            if files:
                os.unlink(name, dir_fd=folder)
            continue
        try:
            if mount_identity(below) != mount:
                raise OSError(errno.EBUSY, "is a mount point", os.fsdecode(name))
            remove_below(below, files=files)
        finally:
            os.close(below)
        os.rmdir(name, dir_fd=folder)
