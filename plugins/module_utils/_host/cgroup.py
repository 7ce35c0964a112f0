# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The units of systemd that a process runs in, as its control group tells."""

from __future__ import annotations


def units_of_cgroup(content: bytes) -> list[bytes]:
    """Return the services and scopes on the path in ``content`` of /proc/PID/cgroup, the outermost first.

    The outermost is the unit of the system's manager: what lies below the service of a user's manager, or of a
    container, is not its business. Of several hierarchies (cgroups(7)) systemd's own tells: the one that bears its
    name, or the unified one. On a host within a container the other one may be there, too, and say nothing.
    """
    paths = {}
    for line in content.splitlines():
        _number, controllers, path = line.split(b":", 2)
        paths[controllers] = path
    for hierarchy in (b"name=systemd", b""):
        parts = paths.get(hierarchy, b"").split(b"/")
        units = [part for part in parts if part.endswith((b".service", b".scope"))]
        if units:
            return units
    return []
