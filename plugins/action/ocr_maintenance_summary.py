# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action C(ocr_maintenance_summary); its documentation is in plugins/modules/ocr_maintenance_summary.py."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._maintenance import InputError, is_true
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._maintenance_summary import (
    failed_hosts,
    results_of,
    summary_lines,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._terminal import show

WANTED = "ocr_maintenance_summary"


class ActionModule(ActionBase):
    """Says what the role did to the hosts of a batch.

    An action is loaded once for the play. A filter would be by the process of the task, with all other filters.
    """

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Return which hosts failed, and say what happened where that is wanted."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        untyped: t.Any = self
        try:
            wanted = is_true("summary", untyped._templar.template(variables.get(WANTED)), unset=True)
        except InputError as error:
            raise AnsibleActionFail(str(error)) from None
        batch = variables["ansible_play_batch"]
        results = results_of(variables["hostvars"], batch=batch, hosts=variables["ansible_play_hosts_all"])
        result.update(changed=False, failed_hosts=failed_hosts(results, batch=batch))
        if wanted:
            result["msg"] = summary_lines(results)
            show(result["msg"])
        else:
            result.update(skipped=True, skip_reason=f"{WANTED} is false")
        return result
