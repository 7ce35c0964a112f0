# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Ask the file system which bytes of a file other files share: reflinks, snapshots, what was deduplicated."""

from __future__ import annotations

import errno
import fcntl
import struct
import typing as t

# _IOWR('f', 11, struct fiemap) of linux/fs.h, and the structures of linux/fiemap.h: start, length, flags, how many
# extents there are in the answer and how many at most; then of each logical and physical start, length, and flags.
_FS_IOC_FIEMAP = 0xC020660B
_HEADER = struct.Struct("QQIII4x")
_EXTENT = struct.Struct("QQQ16xI12x")

_LAST = 0x1
_SHARED = 0x2000
# Not written yet, compressed, or stored with the file system's own data: what it takes up is not what it says.
_SIZE_UNKNOWN = 0x2 | 0x4 | 0x8 | 0x200 | 0x400

_EXTENTS_A_CALL = 128
# A file in more pieces was made to keep whoever looks at it busy.
_MOST_CALLS = 512

# What a file system answers that tells this of no file.
_REFUSED = (errno.EOPNOTSUPP, errno.ENOTTY, errno.ENOSYS, errno.EINVAL)

# Where on the file system a piece of a file begins and ends, in bytes.
Range = t.Tuple[int, int]


class CannotTell(Exception):
    """The file system says of no file what it shares."""


def shared_ranges(descriptor: int) -> tuple[Range, ...] | None:
    """Return the pieces that a file, open for reading, shares with others; None where that cannot be told.

    Raises CannotTell.
    """
    try:
        return _shared_ranges(descriptor)
    except OSError as error:
        if error.errno in _REFUSED:
            raise CannotTell from error
        return None


def _shared_ranges(descriptor: int) -> tuple[Range, ...] | None:
    shared: list[Range] = []
    buffer = bytearray(_HEADER.size + _EXTENTS_A_CALL * _EXTENT.size)
    start = 0
    for _call in range(_MOST_CALLS):
        _HEADER.pack_into(buffer, 0, start, 2**64 - 1 - start, 0, 0, _EXTENTS_A_CALL)
        fcntl.ioctl(descriptor, _FS_IOC_FIEMAP, buffer)
        mapped = _HEADER.unpack_from(buffer)[3]
        flags = _LAST
        for number in range(mapped):
            logical, physical, length, flags = _EXTENT.unpack_from(buffer, _HEADER.size + number * _EXTENT.size)
            if flags & _SIZE_UNKNOWN:
                return None
            if flags & _SHARED:
                shared.append((physical, physical + length))
            start = logical + length
        if flags & _LAST:
            return tuple(shared)
    return None
