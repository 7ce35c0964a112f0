# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Ask the kernel whether anyone has a file open or mapped, by a write lease (F_SETLEASE of fcntl(2))."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import signal

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import root

# How many models are under lease at a time: for about a millisecond, or, where leases do not decide, while /proc is
# read.
_MOST_LEASES = 64

# Folders, files of /proc and the manifest of a set that are open meanwhile.
_DESCRIPTORS_OF_THE_WORK = 16


def ignore_lease_breaks() -> None:
    """Ignore SIGIO, which a lease holder gets when somebody opens the file, and whose default action kills."""
    signal.signal(signal.SIGIO, signal.SIG_IGN)


@root()
def most_leases() -> int:
    """Return how many files may be open under lease at a time: the work meanwhile takes some descriptors of its own."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY:
        return _MOST_LEASES
    return max(1, min(_MOST_LEASES, limit - len(os.listdir("/proc/self/fd")) - _DESCRIPTORS_OF_THE_WORK))


def take_write_lease(descriptor: int) -> bool | None:
    """Take a write lease on a file that is open for reading only.

    True: granted, nobody else has the file open (nor mapped, where the mount has exact leases); it is held until the
    descriptor is closed, and meanwhile another process's open waits. False: somebody has it. None: this file system has
    no leases, or this user may take none here (the owner of the file may, and CAP_LEASE). Call ignore_lease_breaks
    first.
    """
    try:
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except PermissionError:
            # The file is another user's. It was opened as the user, so that being root leads nowhere else.
            with root():
                fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError as error:
        return False if error.errno == errno.EAGAIN else None
    return True
