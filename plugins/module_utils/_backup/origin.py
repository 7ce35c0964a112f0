# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Which host and model directory a backup set comes from, and whether that is this one.

A host is known by its machine-id (machine-id(5)) and its name together: cloned images share the one, containers often
have the other by chance. Where there is no machine-id, as in most containers, that it is missing counts in its stead.
"""

from __future__ import annotations

import hashlib
import os
import re

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import Origin

_MACHINE_ID = "/etc/machine-id"
_IS_MACHINE_ID = re.compile(rb"[0-9a-f]{32}")

# How much of an origin is this host's own.
OWN = "own"
PARTLY = "partly"
FOREIGN = "foreign"


def origin_here(real_path: bytes) -> Origin:
    """Return what a manifest says about where its models come from: the directory ``real_path`` of this host."""
    return Origin(real_path, _machine(), os.uname().nodename)


def fit(origin: Origin, here: Origin) -> str:
    """Return OWN for this directory of this host, PARTLY where only its name or only its machine-id is this host's."""
    if origin.path != here.path:
        return FOREIGN
    return (FOREIGN, PARTLY, OWN)[(origin.machine == here.machine) + (origin.host == here.host)]


def difference(origin: Origin, here: Origin) -> str:
    """Say what is different where a set fits partly."""
    if origin.machine == here.machine:
        return f"it was made when the host was named {origin.host}, or by a clone of that name"
    return f"it was made on a host that also was named {origin.host}, but had another machine-id"


def _machine() -> str | None:
    """Return a text that only this machine has, or None. The machine-id itself is not to be given away."""
    try:
        with open(_MACHINE_ID, "rb") as stream:
            machine_id = stream.read(64).strip()
    except OSError:
        return None
    if not _IS_MACHINE_ID.fullmatch(machine_id):
        return None
    return hashlib.sha256(b"ocrfleet.aspose backup set " + machine_id).hexdigest()
