# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter C(ocr_fleet_facts); its documentation is in the YAML file beside this one."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_facts import collect_reports


def ocr_fleet_facts(
    hostvars: object, hosts: list[str], lost: list[str] | None = None, result: str | list[str] | None = None
) -> dict[str, t.Any]:
    """Return what the hosts reported, in the form that C(ocr_fleet_summary) takes."""
    if not isinstance(hostvars, Mapping):
        raise AnsibleFilterError("ocr_fleet_facts: the input must be hostvars")
    results = [result] if isinstance(result, str) else result or []
    reports = dict(collect_reports(hostvars, hosts=hosts, lost=lost or [], results=results))
    return {
        "facts": {host: report.facts for host, report in reports.items()},
        "reasons": {host: report.reason for host, report in reports.items() if report.reason is not None},
        "failures": {host: report.failure for host, report in reports.items() if report.failure is not None},
        "runs": {host: report.run for host, report in reports.items() if report.run is not None},
    }


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"ocr_fleet_facts": ocr_fleet_facts}
