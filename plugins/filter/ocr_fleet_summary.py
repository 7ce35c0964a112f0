# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter C(ocr_fleet_summary); its documentation is in the YAML file beside this one."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_summary import summarize_fleet


def ocr_fleet_summary(facts: object, reasons: object = None, groups: object = None) -> dict[str, t.Any]:
    """Return the summary of a fleet; what the facts say is never an error, only a wrong use of the filter is."""
    if not isinstance(facts, Mapping):
        raise AnsibleFilterError("ocr_fleet_summary: the input must be a dictionary of hosts and their facts or null")
    if not isinstance(reasons, (Mapping, type(None))):
        raise AnsibleFilterError("ocr_fleet_summary: reasons must be a dictionary")
    if not isinstance(groups, (Mapping, type(None))):
        raise AnsibleFilterError("ocr_fleet_summary: groups must be a dictionary")
    for group, hosts in (groups or {}).items():
        if isinstance(hosts, (str, Mapping)) or not isinstance(hosts, Iterable):
            raise AnsibleFilterError(f"ocr_fleet_summary: groups: the hosts of {group!r} must be a list")
    return summarize_fleet(facts, reasons=reasons, groups=groups)


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"ocr_fleet_summary": ocr_fleet_summary}
