# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models to give to a fleet, how to run the role and its playbook, and what to read off the results."""

from __future__ import annotations

import typing as t

from controller import Controller, Run, TaskResult
from light_hosts.fleet import Fleet
from ocr_host import MODELS, OcrHost

TASK = "Report or prune the models"
RESTORE = "ocr_model_restore"
BACKUP = "/srv/ocr/backup"
MAINTAIN = "ocrfleet.aspose.maintain"

Models = dict[str, bytes]


def give_models(fleet: Fleet) -> dict[str, Models]:
    """Put a different set of models on every host; each has one current and one stale model at least."""
    sets = {}
    for number, host in enumerate(fleet.hosts):
        models = {"en_ocr_v1.bin": b"c" * (1000 + number), "old_fr_ocr_v1.bin": b"s" * (2000 + number)}
        for extra in range(number % 4):
            models[f"old_qwen/part {extra}.gguf"] = b"q" * (100 * extra + number)
        host.put_models(models)
        sets[host.name] = models
    return sets


def stale(models: Models) -> Models:
    """The models of a set that give_models() made stale."""
    return {name: content for name, content in models.items() if name.startswith("old_")}


def maintain(fleet: Controller, *arguments: str, environment: dict[str, str] | None = None, **settings: t.Any) -> Run:
    """Run the maintain playbook, with settings of the role given without their prefix."""
    variables = {"path": MODELS, "engine": "skip", **settings}
    prefixed = {f"ocr_maintenance_{name}": value for name, value in variables.items()}
    return fleet.playbook(MAINTAIN, "--become", *arguments, variables=prefixed, environment=environment)


def role_play(hosts: str, *, role: t.Mapping[str, t.Any] | None = None, **play: t.Any) -> list[dict[str, t.Any]]:
    """A play of one's own that applies the role to hosts, with keywords of the role's entry, and of the play."""
    roles = [{"role": "ocrfleet.aspose.ocr_maintenance", **(role or {})}]
    return [{"hosts": hosts, "gather_facts": False, "become": True, "roles": roles, **play}]


def python_that_loses(host: OcrHost, commands: str) -> tuple[str, str]:
    """The arguments that make a run use a Python that loses the connection by these commands, once /run/lose exists.

    It does so once, as root, instead of what it was started for.
    """
    python = host.root / "opt/ocr/losing-python"
    lines = ["#!/bin/sh", "if rm /run/lose 2>/dev/null; then", commands, "exit 1", "fi", 'exec /usr/bin/python3 "$@"']
    python.write_text("\n".join([*lines, ""]), encoding="utf-8")
    python.chmod(0o755)
    return ("--extra-vars", "ansible_python_interpreter=/opt/ocr/losing-python")


def limit_to(hosts: t.Sequence[OcrHost]) -> tuple[str, str]:
    """The arguments that limit a run to these hosts."""
    return ("--limit", ",".join(host.name for host in hosts))


def facts_of(run: Run, host: str) -> dict[str, t.Any]:
    """The fact ocr_models that a run left on a host."""
    with_facts = [result for result in run.of(host) if "ocr_models" in result.result.get("ansible_facts", {})]
    facts: dict[str, t.Any] = with_facts[-1].result["ansible_facts"]["ocr_models"]
    return facts


def maintained(run: Run, host: str) -> TaskResult:
    """The result of the role's one task on a host: not that of the look after a failure."""
    found = [result for result in run.of(host) if result.task.endswith(TASK)]
    if not found:
        raise LookupError(f"{host} was not maintained:\n{run.output}")
    return found[-1]


def outcomes(run: Run) -> dict[str, str]:
    """Host to status of the role's one task."""
    return {result.host: result.status for result in run.results if result.task.endswith(TASK)}


def pruned_names(run: Run, host: str) -> set[str]:
    """Names of the models that the prune of a run took away on a host."""
    return {model["name"] for model in maintained(run, host).result["pruned"]}


def hosts_without_change(run: Run) -> set[str]:
    """Hosts on which nothing was changed and nothing went wrong."""
    disturbed = {result.host for result in run.results if result.status not in {"ok", "skipped"}}
    return {result.host for result in run.results} - disturbed
