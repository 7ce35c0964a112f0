# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays that are measured: what the collection does, and what people write by hand for the same job."""

from __future__ import annotations

import dataclasses
import typing as t

import yaml
from controller import COLLECTION
from light_hosts.fleet import MODELS

Task = dict[str, t.Any]

SDK = "/opt/ocr/sdk"
SDK_PYTHON = f"{SDK}/bin/python"

# The least that a script can do to list the models with the SDK and let go of it.
BARE_SCRIPT = (
    "from aspose.ocr.ai import AsposeAI\n"
    "engine = AsposeAI()\n"
    "engine.get_local_path()\n"
    "try:\n"
    "    list(engine.list_local())\n"
    "except RuntimeError:\n"
    "    pass\n"
    "engine.free_resources()\n"
)
SDK_ENVIRONMENT = {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "COMPlus_EnableDiagnostics": "0"}


@dataclasses.dataclass(frozen=True)
class Contender:
    """One way to do a job.

    calls: module calls on each host, given the number of stale models. keywords: further ones of the play.
    """

    name: str
    tasks: tuple[Task, ...]
    calls: t.Callable[[int], int] = lambda stale: 1
    keywords: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


def role(**settings: t.Any) -> Task:
    """A task that applies the role, with these settings, given without their prefix."""
    return {
        "ansible.builtin.import_role": {"name": "ocrfleet.aspose.ocr_maintenance"},
        "vars": of_the_role(settings),
    }


def of_the_role(settings: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The variables of the role for these settings, and for those that all have."""
    return {f"ocr_maintenance_{name}": value for name, value in {"path": MODELS, "engine": "skip", **settings}.items()}


def playbook(name: str, contender: str, **settings: t.Any) -> Contender:
    """The play of a playbook of the collection, as it is, with these settings of the role."""
    (play,) = yaml.safe_load((COLLECTION / "playbooks" / f"{name}.yml").read_text(encoding="utf-8"))
    folder = {"ocr_fleet_report_dir": "{{ playbook_dir }}/ocr-report"} if name == "report" else {}
    return Contender(contender, tuple(play["tasks"]), keywords={**play, "vars": {**of_the_role(settings), **folder}})


PING = Contender("ping", ({"ansible.builtin.ping": {}},))

REPORTS = (
    Contender(
        "ocr_model_facts, engine: skip", ({"ocrfleet.aspose.ocr_model_facts": {"path": MODELS, "engine": "skip"}},)
    ),
)

WITH_SDK = (
    Contender(
        "bare SDK script",
        ({"ansible.builtin.command": {"argv": [SDK_PYTHON, "-c", BARE_SCRIPT]}, "environment": SDK_ENVIRONMENT},),
    ),
    Contender(
        "ocr_model_facts, with the SDK",
        ({"ocrfleet.aspose.ocr_model_facts": {"path": MODELS, "engine": "required", "sdk_python": SDK_PYTHON}},),
    ),
)

PRUNES = (
    Contender(
        "ocr_model_prune",
        ({"ocrfleet.aspose.ocr_model_prune": {"path": MODELS, "engine": "skip", "stale_prefixes": ["old_"]}},),
    ),
    Contender("shell: rm -f", ({"ansible.builtin.shell": f"rm -f {MODELS}/old_*"},)),
    Contender(
        "community.general.file_remove", ({"community.general.file_remove": {"path": MODELS, "pattern": "old_*"}},)
    ),
)

ROLE_REPORT = Contender("role ocr_maintenance, report", (role(),))
MAINTAIN_REPORT = playbook("maintain", "playbook maintain, report")
REPORT_WITH_FILES = playbook("report", "playbook report, which writes the page and the files")
ROLE_PRUNE = Contender("role ocr_maintenance, prune", (role(prune=True),))
MAINTAIN_PRUNE = playbook("maintain", "playbook maintain, prune", prune=True)

FILE_LOOP = Contender(
    "find + file: state=absent",
    (
        {"ansible.builtin.find": {"paths": MODELS, "patterns": "old_*", "recurse": True}, "register": "found"},
        {
            "ansible.builtin.file": {"path": "{{ item.path }}", "state": "absent"},
            "loop": "{{ found.files }}",
            "loop_control": {"label": "{{ item.path }}"},
        },
    ),
    calls=lambda stale: 1 + stale,
)


def seed(models: int) -> Contender:
    """Put that many small models on each host, every other one stale."""
    return prepared("seed", fill(models))


def fill(models: int) -> str:
    """What a shell does to have that many small models and no other, every other one stale."""
    return (
        f"cd {MODELS}; rm -rf ./*; for number in $(seq {models // 2}); do "
        'echo x > "old_model_$number.bin"; echo x > "model_$number.bin"; done; '
    )


def prepared(name: str, commands: str) -> Contender:
    """What is not measured itself: commands of a shell, without the time that a module would take."""
    return Contender(name, ({"ansible.builtin.raw": f"set -e; {commands}"},))
