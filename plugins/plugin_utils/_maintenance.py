# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide which module maintains a host, with which options, and describe the run afterwards. Pure."""

from __future__ import annotations

import re
import typing as t
from collections import Counter
from collections.abc import Iterable, Mapping

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import (
    AI,
    ENGINE_REQUIRED,
    LOCATION_ARGUMENTS,
    PATHS_ARGUMENT,
    RULE_ARGUMENTS,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import list_or_nothing

FACTS = "ocrfleet.aspose.ocr_model_facts"
PRUNE = "ocrfleet.aspose.ocr_model_prune"

_LOCATION_OPTIONS = (*LOCATION_ARGUMENTS, *PATHS_ARGUMENT)
_SHARED_OPTIONS = (*_LOCATION_OPTIONS, *RULE_ARGUMENTS, "stale_prefixes", "checksum")
_FACTS_OPTIONS = (*_SHARED_OPTIONS, "holders")
_PRUNE_OPTIONS = (
    *_SHARED_OPTIONS,
    *("keep", "min_age", "incomplete", "max_prune", "min_free", "in_use", "backup_dir", "backup_max_age"),
    *("services", "release", "service_timeout"),
)
_REQUIRED = "required"
_OF_EVERY_MODEL = "sha256"
# As the package index has it; the tutorials' name may be that of a private index.
_SDK_PACKAGE = "aspose-ocr-python-net"
_SDK_OPTIONS = ("sdk_venv", "sdk_package", "sdk_version")
# What can also be given by variables.
INPUTS = frozenset(("prune", *_FACTS_OPTIONS, *_PRUNE_OPTIONS, *_SDK_OPTIONS))
OPTIONS = INPUTS | {"look"}

REPORT = "report"
PRUNED = "prune"
DRY_RUN = "dry run"
SUCCEEDED = "succeeded"
FAILED = "failed"

# The variable that sets an option, in the role and in the playbook restore.
ROLE_VARIABLES = {name: f"ocr_maintenance_{name}" for name in (*_FACTS_OPTIONS, *_PRUNE_OPTIONS)}
RESTORE_VARIABLES = {
    **{name: ROLE_VARIABLES[name] for name in (*_LOCATION_OPTIONS, "backup_dir")},
    **{name: f"ocr_restore_{name}" for name in ("backup", "names", "force", "list")},
}

# Where a message speaks of an option: where it, or a part of it, begins, and after these words. Elsewhere the same word
# can be a part of a sentence, or of a path. Ansible's own messages about arguments are among them.
_WORDS = "|".join("and argument arguments both but in lower of option or raise set than use with".split())
# Ansible's messages about several arguments end with a list.
_LIST = re.compile(r"((?:missing required arguments|one of the following is required|parameters are [a-z ]+): )(.*)")

# A reason names processes, so that there can be one for each model. The fact is kept for each host.
_MOST_REASONS = 10


class InputError(ValueError):
    """An input of the role says nothing that can be understood; the text names its variable."""


def input_variables(prefix: str) -> dict[str, str]:
    """Return the variable of each option. That of C(look) is no input: the playbook of the report sets it."""
    return {**{name: prefix + name for name in INPUTS}, "look": f"__{prefix}look"}


def is_set(value: object) -> bool:
    """Whether an input is set: null and the empty text, which surveys and INI files give, are not."""
    return value is not None and value != ""


def is_true(name: str, value: object, *, unset: bool) -> bool:
    """Whether an input is true, as text too; ``unset`` is what it is where it is not set. Raises InputError."""
    if not is_set(value):
        return unset
    try:
        return bool(boolean(value))
    except TypeError:
        raise InputError(f"ocr_maintenance_{name}: {value!r} is neither true nor false") from None


def module_call(inputs: Mapping[str, t.Any], *, prune: bool) -> tuple[str, dict[str, t.Any]]:
    """Return the module that does what is asked and those of the inputs that it takes, as they are.

    An input that is not set is left out, so that the default of the module holds; of ``required``, text that is a name
    alone becomes the item that it stands for, which Ansible would not understand. A prune does not read every model for
    the checksums that a report is to have.
    """
    options = _PRUNE_OPTIONS if prune else _FACTS_OPTIONS
    arguments = {name: inputs[name] for name in options if is_set(inputs.get(name))}
    if _REQUIRED in arguments:
        arguments[_REQUIRED] = required_models(arguments[_REQUIRED])
    if prune and arguments.get("checksum") == _OF_EVERY_MODEL:
        del arguments["checksum"]
    if "sdk_python" not in arguments and is_set(inputs.get("sdk_venv")):
        arguments["sdk_python"] = sdk_interpreter(inputs["sdk_venv"])
    return (PRUNE if prune else FACTS), arguments


def names_directories(arguments: Mapping[str, t.Any]) -> bool:
    """Whether the options of a module name a model directory; as for the module, empty texts are as good as null."""
    listed = arguments.get("paths") or []
    named = [arguments.get("path"), *(listed.split(",") if isinstance(listed, str) else listed)]
    return any(name is not None and str(name).strip() for name in named)


def question_before_restore(arguments: Mapping[str, t.Any]) -> dict[str, t.Any] | None:
    """Return the options of the facts module that ask the SDK what a restore has to know, None if it knows that.

    ``arguments`` are those of the restore. It asks where they name no directory, or where they require the engine.
    """
    if names_directories(arguments) and arguments.get("engine") != ENGINE_REQUIRED:
        return None
    known = {name: arguments[name] for name in _LOCATION_OPTIONS if is_set(arguments.get(name))}
    return {**known, "holders": False}


def directory_of_models(facts: Mapping[str, t.Any]) -> str:
    """Return, of the fact C(ocr_models), the directory in which the SDK keeps the models of its AI.

    Raises InputError where its path cannot be handed on, as it is not text.
    """
    (path,) = (str(one["path"]) for one in facts["directories"] if one["store"] == AI)
    if "\\" in path:
        raise InputError(f"path: the SDK answers {path}, which cannot be handed on; give the directory another name")
    return path


def required_models(value: object) -> object:
    """Return the input C(required) with C(name=...) for each text that is only the name of a model.

    Surveys, INI files and C(-e) have no other way to give a list than text with commas.
    """
    if isinstance(value, str) and not value.lstrip().startswith(("[", "{")):
        value = value.split(",")
    if not isinstance(value, list):
        return value
    given = [item for item in value if not isinstance(item, str) or item.strip()]
    return [{"name": item.strip()} if isinstance(item, str) and "=" not in item else item for item in given]


def sdk_interpreter(virtual_environment: str) -> str:
    """Return the path of the Python of a virtual environment."""
    return f"{virtual_environment.rstrip('/')}/bin/python"


def name_variables(message: str, variables: Mapping[str, str] = ROLE_VARIABLES) -> str:
    """Name, beside the first mention of each option in the message of a failed module, the variable that sets it."""
    options = "|".join(sorted(variables))
    named: set[str] = set()

    def name(mention: re.Match[str]) -> str:
        option = mention[0].rpartition(" ")[2].strip("'")
        if option in named:
            return mention[0]
        named.add(option)
        return f"{mention[0]} ({variables[option]})"

    listed = _LIST.fullmatch(message)
    if listed:
        return listed[1] + re.sub(rf"\b(?:{options})\b", name, listed[2])
    begins = rf"(?:^|(?<=; ))(?:{options})(?=: | is | has | and | shows )"
    follows = rf"\b(?:{_WORDS}):? '?(?:{options})\b'?(?=[ :;,.]|$)(?!\.\w)"
    return re.sub(f"{begins}|{follows}", name, message)


def name_variables_of(result: dict[str, t.Any], variables: Mapping[str, str] = ROLE_VARIABLES) -> None:
    """Do so in what a module returned, where it failed."""
    message = str(result.get("msg") or "")
    named = name_variables(message, variables) if result.get("failed") else message
    if named != message:
        result["msg"] = named
        # Where there is one, Ansible shows this instead, which has the module's own words.
        result.pop("exception", None)


def install_arguments(inputs: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the options of ansible.builtin.pip that install the SDK."""
    arguments = {
        "name": inputs["sdk_package"] if is_set(inputs.get("sdk_package")) else _SDK_PACKAGE,
        "virtualenv": inputs["sdk_venv"],
        "virtualenv_command": "python3 -m venv",
    }
    if is_set(inputs.get("sdk_version")):
        arguments["version"] = inputs["sdk_version"]
    return arguments


def describe_run(result: Mapping[str, t.Any], *, prune: bool, check_mode: bool, time: str) -> dict[str, t.Any]:
    """Return the fact C(ocr_models_run): what a run did to a host, from the result of its module, failed or not.

    ``time`` is when, in UTC. ``down`` is the longest time in seconds that a service was down, ``kept_reasons`` has the
    most frequent reasons, each with the number of models.
    """
    failed = bool(result.get("failed"))
    services = [service for service in list_or_nothing(result.get("services")) if service.get("stopped")]
    return {
        "time": time,
        "kind": (DRY_RUN if check_mode else PRUNED) if prune else REPORT,
        "outcome": FAILED if failed else SUCCEEDED,
        "failure": str(result.get("msg") or "no reason given").strip() if failed else None,
        "pruned": len(list_or_nothing(result.get("pruned"))),
        "freed": result.get("freed_bytes") or 0,
        "kept": len(list_or_nothing(result.get("kept"))),
        "kept_reasons": _reasons(list_or_nothing(result.get("kept"))),
        "services": [{"name": service["name"], "down_seconds": service.get("down_seconds")} for service in services],
        "down": max((service.get("down_seconds") or 0 for service in services), default=0),
    }


def _reasons(kept: Iterable[object]) -> dict[str, int]:
    """Return for how many models which reason was given; a failed task names its models without one."""
    counts = Counter(str(model["reason"]) for model in kept if isinstance(model, Mapping) and model.get("reason"))
    return dict(counts.most_common(_MOST_REASONS))
