# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays that are measured: what the collection does, and what people write by hand for the same job."""

from __future__ import annotations

import dataclasses
import typing as t

from fleet import MODELS

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

ROLE_SETTINGS = {"ocr_maintenance_path": MODELS, "ocr_maintenance_engine": "skip"}


@dataclasses.dataclass(frozen=True)
class Contender:
    """One way to do a job. calls: module calls on each host, given the number of stale models."""

    name: str
    tasks: tuple[Task, ...]
    calls: t.Callable[[int], int] = lambda stale: 1


def _role(**settings: t.Any) -> Task:
    return {
        "ansible.builtin.import_role": {"name": "ocrfleet.aspose.ocr_maintenance"},
        "vars": {**ROLE_SETTINGS, **settings},
    }


PING = Contender("ping", ({"ansible.builtin.ping": {}},))

REPORTS = (
    Contender(
        "ocr_model_facts, engine: skip", ({"ocrfleet.aspose.ocr_model_facts": {"path": MODELS, "engine": "skip"}},)
    ),
    Contender("role ocr_maintenance, report", (_role(),)),
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
    Contender("role ocr_maintenance, prune", (_role(ocr_maintenance_prune=True),)),
    Contender("shell: rm -f", ({"ansible.builtin.shell": f"rm -f {MODELS}/old_*"},)),
    Contender(
        "community.general.file_remove", ({"community.general.file_remove": {"path": MODELS, "pattern": "old_*"}},)
    ),
)

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
    script = (
        f"cd {MODELS} && rm -rf ./* && for number in $(seq {models // 2}); do "
        'echo x > "old_model_$number.bin"; echo x > "model_$number.bin"; done'
    )
    return Contender("seed", ({"ansible.builtin.command": {"argv": ["sh", "-c", script]}},))
