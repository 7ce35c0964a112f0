# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Which loop devices have a model, or a deleted one, as the file behind them."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.loops import LoopDevice
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.holders import (
    DELETED,
    DEVICE,
    Deleted,
    Holder,
    PendingFile,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, identity_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed


def find_devices(
    devices: t.Iterable[LoopDevice],
    directories: t.Sequence[ModelDirectory],
    wanted: t.AbstractSet[Identity],
    deleted: Deleted,
) -> list[Holder]:
    """Return the loop devices that hold files ``wanted``, or deleted models of the directories; see find_holders.

    The kernel tells the path of the file. So a device whose file it names by another path, that of another mount, is
    not found here.
    """
    found = []
    for device in devices:
        for directory in directories:
            start = directory.real_path + b"/"
            if device.file.startswith(start):
                holder = _holder(device, directory, device.file[len(start) :], wanted, deleted)
                if holder is not None:
                    found.append(holder)
    return found


def _holder(
    device: LoopDevice,
    directory: ModelDirectory,
    location: bytes,
    wanted: t.AbstractSet[Identity],
    deleted: Deleted,
) -> Holder | None:
    identity = _identity(directory, location)
    if identity is not None:
        return _as_holder(device, frozenset([identity]), ()) if identity in wanted else None
    if not location.endswith(DELETED):
        return None
    location = location[: -len(DELETED)]
    places = {place: removed for removed, place in deleted.items()}
    # Of a file that went before this run nothing but the path is known any more.
    gone = places.get((directory.real_path, location), (device.number, 0))
    file = PendingFile(gone, directory.real_path, displayed(location), device.bytes)
    return _as_holder(device, frozenset(), (file,))


def _identity(directory: ModelDirectory, location: bytes) -> Identity | None:
    """Return what has this location; None where nothing has. No link is followed, as a user may have made it."""
    folder, _slash, name = location.rpartition(b"/")
    try:
        with directory.folder(folder) as descriptor:
            status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    except OSError:
        return None
    return identity_of(status)


def _as_holder(device: LoopDevice, identities: frozenset[Identity], pending: tuple[PendingFile, ...]) -> Holder:
    return Holder(DEVICE, device.path, "root", None, identities, pending)
