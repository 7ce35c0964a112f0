# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which module maintains a host, with which options, and what is said of the run."""

from __future__ import annotations

import ast
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.ocrfleet.aspose.plugins.doc_fragments.location import ModuleDocFragment as Location
from ansible_collections.ocrfleet.aspose.plugins.doc_fragments.rules import ModuleDocFragment as Rules
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.families import parse_versions
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.rules import DEFAULT_STALE_PREFIXES
from ansible_collections.ocrfleet.aspose.plugins.modules import (
    ocr_maintenance,
    ocr_model_facts,
    ocr_model_prune,
    ocr_model_restore,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils import _maintenance as maintenance

LOCATION = (Location.DOCUMENTATION, Location.USER, Location.PATHS)
ROLE = Path(ocr_maintenance.__file__).parents[2] / "roles" / "ocr_maintenance"
OF_THE_ROLE_ALONE = {"prune", "summary", "sdk_venv", "sdk_package", "sdk_version"}


def role_options() -> dict[str, dict[str, t.Any]]:
    """The inputs that the role documents, without their prefix."""
    spec = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    options = spec["argument_specs"]["main"]["options"]
    return {name[len("ocr_maintenance_") :]: option for name, option in options.items()}


def options_of(*documentations: str) -> dict[str, dict[str, t.Any]]:
    """The options in several texts, of which a later one says more of an option that an earlier one has."""
    options: dict[str, dict[str, t.Any]] = {}
    for documentation in documentations:
        for name, option in yaml.safe_load(documentation)["options"].items():
            options[name] = {**options.get(name, {}), **option}
    return options


def module_options() -> dict[str, dict[str, t.Any]]:
    """The options of facts and prune as they are documented, those of the fragments included."""
    return options_of(*LOCATION, Rules.DOCUMENTATION, ocr_model_facts.DOCUMENTATION, ocr_model_prune.DOCUMENTATION)


def restore_options() -> dict[str, dict[str, t.Any]]:
    """The options of a restore, likewise."""
    return options_of(*LOCATION, ocr_model_restore.DOCUMENTATION)


VARIABLES_AND_OPTIONS = [
    (maintenance.ROLE_VARIABLES, module_options()),
    (maintenance.RESTORE_VARIABLES, restore_options()),
]
EACH_OPTION = [
    pytest.param(variables, options[name], name, id=variables[name])
    for variables, options in VARIABLES_AND_OPTIONS
    for name in sorted(options)
]


def test_the_role_has_each_option_of_the_modules_under_its_name() -> None:
    assert role_options().keys() - OF_THE_ROLE_ALONE == module_options().keys()
    assert role_options().keys() - {"summary"} == maintenance.INPUTS
    assert maintenance.INPUTS | {"look"} == maintenance.OPTIONS
    assert yaml.safe_load(ocr_maintenance.DOCUMENTATION)["options"].keys() == maintenance.OPTIONS | {"prefix"}


def test_the_role_leaves_conversion_and_defaults_to_the_modules() -> None:
    modules = module_options()
    for name, option in role_options().items():
        assert "default" not in option and "choices" not in option, name
        if name in modules:
            converted = {modules[name]["type"], modules[name].get("elements")} & {"bool", "int", "dict"}
            assert (name, option["type"]) == (name, "raw" if converted else modules[name]["type"])


# How the role words a default of a module.
SAID_DEFAULT = re.compile(
    r" \((?:C\()?(?P<last>[\w-]+)\)?\)\.$|V\((?P<choice>\w+)\), the default|default is V\((?P<is>\w+)\)"
)


def test_what_the_role_says_of_defaults_is_what_the_modules_have() -> None:
    defaults = {name: option.get("default") for name, option in module_options().items()}
    defaults["keep_newest"] = parse_versions("(?P<version>)", None).keep_newest
    defaults["stale_prefixes"] = ", ".join(DEFAULT_STALE_PREFIXES)
    defaults["sdk_package"] = maintenance.install_arguments({"sdk_venv": "/v"})["name"]
    said = {}
    for name, option in role_options().items():
        texts = option["description"]
        match = SAID_DEFAULT.search(texts if isinstance(texts, str) else " ".join(texts))
        if match:
            said[name] = next(filter(None, match.groups()))
    assert len(said) > 6
    assert said == {name: str(defaults[name]) for name in said}


def test_the_defaults_list_every_input() -> None:
    text = (ROLE / "defaults" / "main.yml").read_text(encoding="utf-8")
    listed = {line.lstrip("# ").split(":")[0] for line in text.splitlines() if "ocr_maintenance_" in line.split(":")[0]}
    assert listed == {f"ocr_maintenance_{name}" for name in role_options()}


def test_the_role_hands_on_its_inputs_by_their_prefix_alone() -> None:
    tasks = yaml.safe_load((ROLE / "tasks" / "main.yml").read_text(encoding="utf-8"))
    calls = [task["ocrfleet.aspose.ocr_maintenance"] for part in ("block", "rescue") for task in tasks[0][part][:1]]
    assert calls == [{"prefix": "ocr_maintenance_"}, {"prefix": "ocr_maintenance_", "look": True}]


def test_no_task_of_a_run_without_failures_has_a_filter_or_a_test_in_a_template() -> None:
    """Each process of a task would load all filters that there are: the task took half as long again."""
    tasks = yaml.safe_load((ROLE / "tasks" / "main.yml").read_text(encoding="utf-8"))
    (always,) = tasks[0]["always"]
    templates = re.findall(r"{{.*?}}", str([tasks[0]["block"], always]))
    assert templates == ["{{ true if ocr_maintenance_user else omit }}"]


def test_the_playbook_restore_sets_each_option_by_the_variable_that_messages_name() -> None:
    assert maintenance.RESTORE_VARIABLES.keys() == restore_options().keys()
    (play,) = yaml.safe_load((ROLE.parents[1] / "playbooks" / "restore.yml").read_text(encoding="utf-8"))
    (options,) = [task[module] for task in play["tasks"] for module in task if module.endswith("ocr_model_restore")]
    assert options.keys() == maintenance.RESTORE_VARIABLES.keys()
    assert all(maintenance.RESTORE_VARIABLES[name] in template for name, template in options.items())


@pytest.mark.parametrize(
    ("arguments", "question"),
    [
        ({"path": "/srv/ocr", "backup_dir": "/b"}, None),
        ({"paths": ["/a", "/b"], "engine": "auto"}, None),
        ({"paths": "/a,/b", "engine": "skip"}, None),
        ({"path": "/srv/ocr", "engine": "required"}, {"path": "/srv/ocr", "engine": "required"}),
        ({"backup_dir": "/b", "names": ["*"], "list": True}, {}),
        ({"path": "", "paths": [], "user": "ocr", "working_dir": None}, {"paths": [], "user": "ocr"}),
        ({"path": " ", "paths": " , "}, {"path": " ", "paths": " , "}),
        ({"paths": ["", " "]}, {"paths": ["", " "]}),
        ({"path": None, "sdk_python": "/p", "engine_timeout": 5}, {"sdk_python": "/p", "engine_timeout": 5}),
    ],
)
def test_before_a_restore_the_sdk_is_asked_for_what_the_task_does_not_say(
    arguments: dict[str, t.Any], question: dict[str, t.Any] | None
) -> None:
    asked = maintenance.question_before_restore(arguments)
    assert asked == (None if question is None else {**question, "holders": False})
    assert maintenance.names_directories(arguments) is (asked is None or arguments.get("engine") == "required")


def test_the_directory_of_a_restore_is_that_of_the_sdks_ai() -> None:
    directories = [{"path": "/work/aspose_data", "store": "ocr"}, {"path": "/data/mod els", "store": "ai"}]
    assert maintenance.directory_of_models({"directories": directories}) == "/data/mod els"
    for shown in (r"/data/m\xff", r"/data/a\\b"):
        with pytest.raises(maintenance.InputError, match="cannot be handed on"):
            maintenance.directory_of_models({"directories": [{"path": shown, "store": "ai"}]})


def named(option: str) -> str:
    return f"{option} (ocr_maintenance_{option})"


@pytest.mark.parametrize(("variables", "_documented", "option"), EACH_OPTION)
def test_a_message_about_an_option_names_the_variable_that_sets_it(
    variables: dict[str, str], _documented: object, option: str
) -> None:
    shown = f"{option} ({variables[option]})"
    for message in ("{}: 'x' is wrong", "{} is set, but x is not", "nothing was done; {}: x", "Lower x, or set {}"):
        assert maintenance.name_variables(message.format(option), variables) == message.format(shown)
    twice = f"{option}: x is wrong; set {option} to another, or leave {option} out"
    assert maintenance.name_variables(twice, variables).count(f"({variables[option]})") == 1


@pytest.mark.parametrize(("variables", "documented", "option"), EACH_OPTION)
def test_ansibles_own_messages_about_an_option_name_the_variable(
    variables: dict[str, str], documented: dict[str, t.Any], option: str
) -> None:
    spec: dict[str, t.Any] = {key: documented[key] for key in ("type", "elements") if key in documented}
    if "choices" in documented:
        spec["choices"] = list(documented["choices"])
    kinds: list[tuple[dict[str, t.Any], dict[str, t.Any]]] = [
        ({option: spec}, {option: {"wrong": 1} if spec["type"] in ("bool", "int") else "wrong"}),
        ({option: {**spec, "required": True}}, {}),
    ]
    messages = [text for kind in kinds for text in ArgumentSpecValidator(kind[0]).validate(kind[1]).error_messages]
    assert len(messages) > (spec["type"] in ("bool", "int") or "choices" in documented)
    for message in messages:
        assert f"({variables[option]})" in maintenance.name_variables(message, variables)


def test_variables_are_named_only_in_a_failure_and_a_crash_is_told_as_it_is() -> None:
    for failed, message, left in (
        (True, "path: /x is wrong", {"failed": True, "msg": "path (ocr_maintenance_path): /x is wrong"}),
        (True, "MODULE FAILURE", {"failed": True, "msg": "MODULE FAILURE", "exception": "Traceback"}),
        (False, "path: /x", {"failed": False, "msg": "path: /x", "exception": "Traceback"}),
    ):
        result = {"failed": failed, "msg": message, "exception": "Traceback"}
        maintenance.name_variables_of(result)
        assert result == left


def test_each_option_in_a_list_is_named() -> None:
    message = "one of the following is required: stale_prefixes, version_pattern"
    assert maintenance.name_variables(message) == (
        f"one of the following is required: {named('stale_prefixes')}, {named('version_pattern')}"
    )


@pytest.mark.parametrize(
    "message",
    [
        "1 of 2 models could not be removed; old_keep/path.bin: Permission denied; run as root or as the owner",
        "set keep.bin aside",
        "/srv/path is a folder of the user",
        "incomplete download, at least 24h old",
        "the services are down, and engine.so is missing",
        "2 of 3 models could not be restored; a.bin: a folder of its name is in the way; move it, then restore again",
        "",
    ],
)
def test_what_only_looks_like_an_option_is_left_alone(message: str) -> None:
    for variables in (maintenance.ROLE_VARIABLES, maintenance.RESTORE_VARIABLES):
        assert maintenance.name_variables(message, variables) == message


def error_texts() -> t.Iterator[str]:
    """Each text in module_utils that ends a task; what is put into it is an X."""
    for source in (Path(ocr_maintenance.__file__).parents[1] / "module_utils").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "OcrModelError":
                for text in node.args:
                    if isinstance(text, ast.Constant):
                        yield str(text.value)
                    elif isinstance(text, ast.JoinedStr):
                        yield "".join(
                            str(part.value) if isinstance(part, ast.Constant) else "X" for part in text.values
                        )


@pytest.mark.parametrize(("variables", "documented"), VARIABLES_AND_OPTIONS)
def test_every_error_of_the_modules_that_begins_with_an_option_names_its_variable(
    variables: dict[str, str], documented: dict[str, object]
) -> None:
    begin = {text: match[0] for text in error_texts() for match in [re.match("|".join(documented), text)] if match}
    begin = {text: name for text, name in begin.items() if text[len(name)] in " :"}
    assert len(begin) > 10
    assert not [
        text
        for text, name in begin.items()
        if not maintenance.name_variables(text, variables).startswith(f"{name} ({variables[name]})")
    ]


@pytest.mark.parametrize("unset", [None, ""])
def test_what_is_not_set_is_left_to_the_module(unset: str | None) -> None:
    inputs = dict.fromkeys(maintenance.OPTIONS, unset)
    assert maintenance.module_call(inputs, prune=False) == (maintenance.FACTS, {})
    assert maintenance.module_call(inputs, prune=True) == (maintenance.PRUNE, {})


@pytest.mark.parametrize("value", [0, False, [], "0", "false", ["a"], " "])
def test_all_else_is_handed_on_as_it_is(value: object) -> None:
    module, arguments = maintenance.module_call({"keep": value, "holders": value}, prune=True)
    assert (module, arguments) == (maintenance.PRUNE, {"keep": value})
    module, arguments = maintenance.module_call({"keep": value, "holders": value}, prune=False)
    assert (module, arguments) == (maintenance.FACTS, {"holders": value})


@pytest.mark.parametrize(
    "value, handed_on",
    [
        ("a.bin", [{"name": "a.bin"}]),
        ("sub/a.bin, b.bin,", [{"name": "sub/a.bin"}, {"name": "b.bin"}]),
        ("name=a.bin bytes=5, b.bin", ["name=a.bin bytes=5", {"name": "b.bin"}]),
        (["a.bin", {"name": "b.bin", "bytes": 5}, " "], [{"name": "a.bin"}, {"name": "b.bin", "bytes": 5}]),
        ('[{"name": "a.bin", "bytes": 5}]', '[{"name": "a.bin", "bytes": 5}]'),
        ({"name": "a.bin"}, {"name": "a.bin"}),
        ([], []),
    ],
)
def test_a_required_model_may_be_only_its_name(value: object, handed_on: object) -> None:
    for prune in (False, True):
        assert maintenance.module_call({"required": value}, prune=prune)[1] == {"required": handed_on}


def test_a_prune_reads_no_other_checksums_than_those_of_required_models() -> None:
    for value, pruned in [("sha256", {}), ("required", {"checksum": "required"}), ("none", {"checksum": "none"})]:
        assert maintenance.module_call({"checksum": value}, prune=True)[1] == pruned
        assert maintenance.module_call({"checksum": value}, prune=False)[1] == {"checksum": value}


def test_the_python_is_that_of_the_virtual_environment_unless_another_is_named() -> None:
    venv = {"sdk_venv": "/opt/ocr/venv/"}
    assert maintenance.module_call(venv, prune=False)[1] == {"sdk_python": "/opt/ocr/venv/bin/python"}
    named = {**venv, "sdk_python": "/usr/bin/python3"}
    assert maintenance.module_call(named, prune=False)[1] == {"sdk_python": "/usr/bin/python3"}


def test_the_sdk_is_installed_in_the_version_that_is_named() -> None:
    arguments = maintenance.install_arguments({"sdk_venv": "/v", "sdk_package": "", "sdk_version": "26.10.0"})
    assert arguments == {
        "name": "aspose-ocr-python-net",
        "virtualenv": "/v",
        "virtualenv_command": "python3 -m venv",
        "version": "26.10.0",
    }
    assert maintenance.install_arguments({"sdk_venv": "/v", "sdk_package": "aspose-ocr-ai"})["name"] == "aspose-ocr-ai"


@pytest.mark.parametrize(
    ("prune", "check_mode", "kind"), [(True, False, "prune"), (True, True, "dry run"), (False, True, "report")]
)
def test_a_run_that_succeeded(prune: bool, check_mode: bool, kind: str) -> None:
    services = [
        {"name": "ocr.service", "stopped": True, "down_seconds": 0.25},
        {"name": "web.service", "stopped": True, "down_seconds": None},
        {"name": "other.service", "stopped": False, "down_seconds": None},
    ]
    kept = [{"reason": "too young"}, {"reason": "in use"}, {"reason": "too young"}, "named-only"]
    result = {"pruned": [{}, {}], "kept": kept, "freed_bytes": 7, "services": services, "msg": "pruned"}
    assert maintenance.describe_run(result, prune=prune, check_mode=check_mode, time="now") == {
        "time": "now",
        "kind": kind,
        "outcome": "succeeded",
        "failure": None,
        "pruned": 2,
        "freed": 7,
        "kept": 4,
        "kept_reasons": {"too young": 2, "in use": 1},
        "services": [
            {"name": "ocr.service", "down_seconds": 0.25},
            {"name": "web.service", "down_seconds": None},
        ],
        "down": 0.25,
    }


def test_a_run_that_failed() -> None:
    result = {"failed": True, "msg": "Read-only file system\n", "pruned": ["old_a"], "kept": []}
    run = maintenance.describe_run(result, prune=True, check_mode=False, time="now")
    assert (run["outcome"], run["failure"], run["pruned"]) == ("failed", "Read-only file system", 1)
    assert maintenance.describe_run({"failed": True}, prune=True, check_mode=False, time="now")["failure"]


def test_what_is_neither_true_nor_false_is_said_once() -> None:
    with pytest.raises(maintenance.InputError) as found:
        maintenance.is_true("prune", "maybe", unset=False)
    assert str(found.value) == "ocr_maintenance_prune: 'maybe' is neither true nor false"
    # Ansible shows each cause after the error.
    assert found.value.__suppress_context__
