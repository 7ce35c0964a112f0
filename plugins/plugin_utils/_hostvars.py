# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the variables of other hosts: facts and what was registered."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import mapping_or_nothing


def variables_of(hostvars: Mapping[str, t.Any], host: str) -> Mapping[str, t.Any]:
    """Return the variables of a host as they are, without templating them; none where there is no such host."""
    # Ansible's hostvars has no usable get(): it makes up an undefined value for a host that is not there.
    if host not in hostvars:
        return {}
    # Facts and results are data. Templating them like other variables would take most of the time.
    read = getattr(hostvars, "raw_get", hostvars.__getitem__)
    return mapping_or_nothing(read(host))
