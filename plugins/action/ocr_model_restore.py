# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action C(ocr_model_restore): the module as it is; for the playbook restore its messages also name variables."""

from __future__ import annotations

import typing as t

from ansible.plugins.action.normal import ActionModule as NormalAction

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._maintenance import RESTORE_VARIABLES, name_variables_of


class ActionModule(NormalAction):
    """Runs the module as Ansible runs any other."""

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Return what the module returned; where the task says so, why it failed is told with the variables' names."""
        run: t.Any = super().run
        result: dict[str, t.Any] = run(tmp, task_vars)
        if "__ocr_restore_by_variables" in (task_vars or {}):
            name_variables_of(result, RESTORE_VARIABLES)
        return result
