# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action C(ocr_maintenance); its documentation is in plugins/modules/ocr_maintenance.yml."""

from __future__ import annotations

import datetime
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils import _maintenance as maintenance
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._facts_merge import merge_facts

Result = dict[str, t.Any]


class ActionModule(ActionBase):
    """Calls one module on the host and publishes what it found, in a single task."""

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """Install the SDK where that is asked, report or prune, and return the result with the facts to publish."""
        result: Result = super().run(tmp, task_vars)
        variables = task_vars or {}
        inputs = self._inputs(variables)
        look = self._truth(inputs, "look")
        # After a failure, which may be about that very input, a look is to succeed.
        prune = not look and self._truth(inputs, "prune")
        installed: Result = {}
        if maintenance.is_set(inputs.get("sdk_venv")) and not look:
            installed = self._call("ansible.builtin.pip", maintenance.install_arguments(inputs), variables)
        if installed.get("failed"):
            result.update(installed)
        else:
            result.update(self._maintain(inputs, variables, prune=prune))
            result["changed"] = bool(result.get("changed") or installed.get("changed"))
        self._publish(result, variables.get("ansible_facts", {}).get("ocr_models"), prune=prune, look=look)
        return result

    def _inputs(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return the options of the task, and the variables that ``prefix`` makes of those that the task lacks.

        Of the variables only those that are there are templated. As options of the task all of them would be, for every
        host, which takes the controller longer than anything else in this task.
        """
        given = dict(self._task.args)
        prefix = given.pop("prefix", None)
        unknown = sorted(set(given) - maintenance.OPTIONS)
        if unknown:
            raise AnsibleActionFail(f"ocr_maintenance has no option {', '.join(unknown)}")
        names = maintenance.input_variables(str(prefix)) if prefix else {}
        untyped: t.Any = self
        found = untyped._templar.template(
            {name: variables[known] for name, known in names.items() if name not in given and known in variables}
        )
        # What is omitted is no longer there, or, before ansible-core 2.19, this text.
        omitted = variables.get("omit")
        return {**{name: value for name, value in found.items() if value != omitted}, **given}

    @staticmethod
    def _truth(inputs: dict[str, t.Any], name: str) -> bool:
        try:
            return maintenance.is_true(name, inputs.get(name), unset=False)
        except maintenance.InputError as error:
            raise AnsibleActionFail(f"{error}; nothing was done") from None

    def _maintain(self, inputs: dict[str, t.Any], variables: dict[str, t.Any], *, prune: bool) -> Result:
        module, arguments = maintenance.module_call(inputs, prune=prune)
        if self._task.check_mode and maintenance.is_set(inputs.get("sdk_venv")):
            python = arguments["sdk_python"]
            untyped: t.Any = self
            if not untyped._execute_remote_stat(python, all_vars=variables, follow=True, checksum=False)["exists"]:
                if not arguments.keys() & {"path", "paths"}:
                    return {
                        "msg": f"The SDK, which knows the model directory, is not in {inputs['sdk_venv']} yet, "
                        "so check mode cannot tell which models there are; set ocr_maintenance_path to see them"
                    }
                arguments["engine"] = "skip"
                del arguments["sdk_python"]
        return self._call(module, arguments, variables)

    def _call(self, module: str, arguments: dict[str, t.Any], variables: dict[str, t.Any]) -> Result:
        called: Result = self._execute_module(module_name=module, module_args=arguments, task_vars=variables)
        if module in (maintenance.FACTS, maintenance.PRUNE):
            maintenance.name_variables_of(called)
        return called

    def _publish(self, result: Result, known: object, *, prune: bool, look: bool) -> None:
        """Add the facts to those that are ``known`` of the host's models.

        Ansible takes none from a failed task: there the role publishes the run. A mere look leaves the last run known:
        what it did, or that it failed, still holds.
        """
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        run = maintenance.describe_run(result, prune=prune, check_mode=bool(self._task.check_mode), time=now)
        result["run"] = run
        if result.get("failed"):
            return
        facts = result.setdefault("ansible_facts", {})
        if not look:
            facts["ocr_models_run"] = run
        if "ocr_models" in result:
            facts["ocr_models"] = result.pop("ocr_models")
        if "ocr_models" in facts:
            # The host may have other applications, which this call knows nothing of.
            facts["ocr_models"] = merge_facts(known, facts["ocr_models"])
