# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An empty text means of every option what null means: it is unset."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.ocrfleet.aspose.plugins.doc_fragments.location import ModuleDocFragment
from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import given
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.modules import ocr_model_facts, ocr_model_prune, ocr_model_restore

pytestmark = pytest.mark.usefixtures("own_processes")

RunModule = t.Callable[..., t.Dict[str, t.Any]]


@pytest.fixture(params=[ocr_model_facts, ocr_model_prune, ocr_model_restore], ids=lambda module: module.__name__[-7:])
def spec(request: t.Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, t.Any]]:
    """The arguments of a module, as it hands them to Ansible."""
    specs: list[dict[str, dict[str, t.Any]]] = []

    def module(**options: t.Any) -> t.NoReturn:
        specs.append(options["argument_spec"])
        raise SystemExit

    monkeypatch.setattr(request.param, "AnsibleModule", module)
    with pytest.raises(SystemExit):
        request.param.main()
    return specs[0]


def test_every_text_and_list_that_is_empty_is_unset(spec: dict[str, dict[str, t.Any]]) -> None:
    defaults = {option: argument.get("default") for option, argument in spec.items()}
    nothing: dict[str, list[t.Any]] = {"str": ["", " \t"], "list": [[""], [" ", ""]]}
    tried = 0
    for option, argument in spec.items():
        for empty in nothing.get(argument["type"], []):
            tried += 1
            one = {option: argument}
            if argument["type"] == "str" and argument.get("required"):
                with pytest.raises(OcrModelError, match=f"^{option} is empty; set it"):
                    given({option: empty}, one)
            else:
                unset = [] if argument["type"] == "list" and "default" not in argument else defaults[option]
                assert given({option: empty}, one) == {option: unset}
    assert tried > 10


MODULES = {
    module.__name__.rpartition(".")[2]: module for module in (ocr_model_facts, ocr_model_prune, ocr_model_restore)
}


def documented(name: str) -> dict[str, dict[str, t.Any]]:
    """The options of a module, those of the fragments too."""
    options: dict[str, dict[str, t.Any]] = {}
    own = yaml.safe_load(MODULES[name].DOCUMENTATION)
    for fragment in own["extends_documentation_fragment"]:
        part = fragment.split(".", 2)[2].partition(".")[2] or "documentation"
        if fragment.split(".")[2] == "location":
            options.update(yaml.safe_load(getattr(ModuleDocFragment, part.upper()))["options"])
    return {
        option: {**options.get(option, {}), **own["options"].get(option, {})}
        for option in {**options, **own["options"]}
    }


def is_text(option: t.Mapping[str, t.Any]) -> bool:
    return option["type"] in ("str", "list") and "choices" not in option


@pytest.mark.parametrize(
    ("name", "option"), [(name, option) for name in MODULES for option in documented(name) if option != "path"]
)
def test_an_empty_option_is_unset_where_it_is_text_and_refused_by_ansible_elsewhere(
    name: str, option: str, models: Path, run_module: RunModule
) -> None:
    """As the documentation of the modules says of all their options."""
    sets = models.parent / "sets"
    sets.mkdir()
    given_ones = {"path": str(models), "engine": "skip", "stale_prefixes": ["old_"], "_ansible_check_mode": True}
    if name == "ocr_model_restore":
        del given_ones["stale_prefixes"]
        given_ones["backup_dir"] = str(sets)
    answer = run_module(MODULES[name].main, **{**given_ones, option: ""})
    if not is_text(documented(name)[option]):
        assert answer["failed"]
        assert option in answer["msg"] and ("unable to convert" in answer["msg"] or "one of" in answer["msg"])
        return
    given_ones.pop(option, None)
    unset = run_module(MODULES[name].main, **given_ones)
    if documented(name)[option].get("required"):
        assert (answer["msg"], unset["msg"]) == (f"{option} is empty; set it", f"missing required arguments: {option}")
    elif not unset.get("failed"):
        assert without_facts(answer) == without_facts(unset)
    else:
        assert answer["failed"] and option in answer["msg"]


def without_facts(answer: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return an answer without what Ansible adds, and the facts: the disk has other free space each time."""
    return {key: value for key, value in answer.items() if key not in ("invocation", "ansible_facts", "ocr_models")}


def test_items_of_lists_are_stripped_and_empty_ones_dropped() -> None:
    spec = {"keep": {"type": "list", "default": ["x"]}}
    assert given({"keep": [" a*", "", "b ", " "]}, spec) == {"keep": ["a*", "b"]}
    assert given({"keep": []}, spec) == {"keep": []}


def test_a_prune_with_empty_options(models: Path, run_module: RunModule) -> None:
    empty = dict.fromkeys(["user", "working_dir", "sdk_python", "min_age", "max_prune", "backup_dir"], "")
    answer = run_module(
        ocr_model_prune.main, path=str(models), engine="skip", stale_prefixes="old_, ", keep="", services="", **empty
    )
    assert [model["name"] for model in answer["pruned"]] == ["old_b.bin"]


def test_an_empty_backup_directory_is_none_and_no_maximum_age_makes_up_for_it(
    models: Path, run_module: RunModule
) -> None:
    answer = run_module(
        ocr_model_prune.main,
        path=str(models),
        engine="skip",
        stale_prefixes=["old_"],
        backup_dir="",
        backup_max_age="14d",
    )
    assert answer["msg"] == "backup_max_age is set, but backup_dir is not; set both, or neither"
    assert (models / "old_b.bin").exists()
