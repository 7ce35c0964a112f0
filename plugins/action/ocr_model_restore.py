# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action C(ocr_model_restore): the module, after the SDK was asked for the directory where the task names none."""

from __future__ import annotations

import typing as t

from ansible.plugins.action.normal import ActionModule as NormalAction

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils import _maintenance as maintenance

Result = dict[str, t.Any]


class ActionModule(NormalAction):
    """Runs the module as Ansible runs any other. It does not ask the SDK itself: the module for the facts does."""

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """Return what the module returned; for the playbook restore, a failure is told with the variables' names."""
        run: t.Any = super().run
        result: Result = self._ask(task_vars or {}) or run(tmp, task_vars)
        if "__ocr_restore_by_variables" in (task_vars or {}):
            maintenance.name_variables_of(result, maintenance.RESTORE_VARIABLES)
        return result

    def _ask(self, variables: dict[str, t.Any]) -> Result | None:
        """Set the path to what the SDK answers, if it has to be asked; return the result if it has no good answer."""
        question = maintenance.question_before_restore(self._task.args)
        if question is None:
            return None
        answer: Result = self._execute_module(module_name=maintenance.FACTS, module_args=question, task_vars=variables)
        if answer.get("failed"):
            return answer
        if not maintenance.names_directories(question):
            try:
                path = maintenance.directory_of_models(answer["ansible_facts"]["ocr_models"])
            except maintenance.InputError as error:
                return {"failed": True, "msg": str(error)}
            self._task.args = {**self._task.args, "path": path}
        return None
