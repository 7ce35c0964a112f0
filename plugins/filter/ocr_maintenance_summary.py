# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter C(ocr_maintenance_summary); its documentation is in the YAML file beside this one."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._maintenance_summary import results_of, summary_lines


def ocr_maintenance_summary(hostvars: object, batch: list[str], hosts: list[str]) -> list[str]:
    """Return the lines that the role ocr_maintenance ends with."""
    if not isinstance(hostvars, Mapping):
        raise AnsibleFilterError("ocr_maintenance_summary: the input must be hostvars")
    return summary_lines(results_of(hostvars, batch=batch, hosts=hosts))


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"ocr_maintenance_summary": ocr_maintenance_summary}
