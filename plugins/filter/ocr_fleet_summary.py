# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter C(ocr_fleet_summary); its documentation is in the YAML file beside this one."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_facts import HostReport
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_summary import summarize_fleet
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._report_settings import SettingsError, read_limits


def ocr_fleet_summary(
    facts: object,
    reasons: object = None,
    groups: object = None,
    failures: object = None,
    runs: object = None,
    **limits: t.Any,
) -> dict[str, t.Any]:
    """Return the summary of a fleet; what the facts say is never an error, only a wrong use of the filter is."""
    if not isinstance(facts, Mapping):
        raise AnsibleFilterError("ocr_fleet_summary: the input must be a dictionary of hosts and their facts or null")
    why, failed, members = _mapping("reasons", reasons), _mapping("failures", failures), _mapping("groups", groups)
    did = _mapping("runs", runs)
    for group, hosts in members.items():
        if isinstance(hosts, (str, Mapping)) or not isinstance(hosts, Iterable):
            raise AnsibleFilterError(f"ocr_fleet_summary: groups: the hosts of {group!r} must be a list")
    try:
        checked = read_limits(limits)
    except SettingsError as error:
        raise AnsibleFilterError(f"ocr_fleet_summary: {error}") from error
    reports = (
        (host, HostReport(facts.get(host), why.get(host), failed.get(host), did.get(host))) for host in {**facts, **why}
    )
    return summarize_fleet(reports, groups=None if groups is None else members, limits=checked)


def _mapping(option: str, value: object) -> Mapping[t.Any, t.Any]:
    if not isinstance(value, (Mapping, type(None))):
        raise AnsibleFilterError(f"ocr_fleet_summary: {option} must be a dictionary")
    return value or {}


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"ocr_fleet_summary": ocr_fleet_summary}
