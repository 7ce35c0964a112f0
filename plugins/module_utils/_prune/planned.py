# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Open a model of the plan, and no other file."""

from __future__ import annotations

import errno
import os
import stat

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lease import OPEN_MODEL
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model

CHANGED = "changed since the plan was made"
_OPEN_LINK = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


def open_as_planned(folder: int, model: Model, *, content: bool = False) -> tuple[int, os.stat_result]:
    """Open the model in the open ``folder``, make sure that it is the one that was scanned, and return its status too.

    Where it may not be read the descriptor is an O_PATH one, enough to remove it, unless ``content`` is wanted.
    Raises OSError: with ESTALE when device, inode, kind, size or time differ.
    """
    try:
        descriptor = os.open(model.file_name, _OPEN_LINK if model.is_link else OPEN_MODEL, dir_fd=folder)
    except PermissionError:
        if content:
            raise
        descriptor = os.open(model.file_name, _OPEN_LINK, dir_fd=folder)
    try:
        status = os.fstat(descriptor)
        if (
            (status.st_dev, status.st_ino) != model.identity
            or status.st_size != model.size
            or status.st_mtime_ns != model.modified_ns
            or stat.S_IFMT(status.st_mode) != stat.S_IFMT(model.mode)
        ):
            raise OSError(errno.ESTALE, CHANGED)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, status
