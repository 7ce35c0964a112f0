# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of modules and filters, as they are written, and whether each does what its name says.

They run in a play with "become: true", on the hosts that conftest.py makes. An example that is not named here fails.
"""

from __future__ import annotations

import re
import typing as t

import pytest
from conftest import ALL, CURRENT, HOME_MODELS, INCOMPLETE, SERVER_MODELS, STALE, User
from controller import Run
from pages import CHECKOUT, files_of_a_report, plugin_text

PLUGINS = CHECKOUT / "plugins"
SOURCES = {
    path.stem: path
    for folder, kind in (("modules", "py"), ("filter", "yml"))
    for path in PLUGINS.glob(f"{folder}/*.{kind}")
}
EXAMPLES = [(plugin, task) for plugin, path in sorted(SOURCES.items()) for task in plugin_text(path, "EXAMPLES")]
BACKUP = "/srv/ocr/backup"
# The family of en_ocr_v1.bin, which is one of ALL.
VERSIONS = {"en_ocr_v8.bin", "en_ocr_v9.bin", "en_ocr_v10.bin"}
SUPERSEDED = {"en_ocr_v1.bin", "en_ocr_v8.bin"}
ONE_HOST = {"ocr-01": "ocr-01"}
TWO_HOSTS = {"ocr-01": "ocr-01", "ocr-02": "ocr-02"}
GATHER = {"name": "Gather", "ocrfleet.aspose.ocr_model_facts": {"path": SERVER_MODELS, "engine": "skip"}}
PRUNE: dict[str, t.Any] = {
    "name": "Prune",
    "ocrfleet.aspose.ocr_model_prune": {
        "path": SERVER_MODELS,
        "stale_prefixes": ["old_"],
        "engine": "skip",
        "backup_dir": BACKUP,
    },
}


class Example:
    """An example that is about to run on its hosts, and what came of it."""

    def __init__(self, user: User, task: dict[str, t.Any]) -> None:
        self.user = user
        self.task = task
        self.host = user.hosts["ocr-01"]

    def run(self, *before: dict[str, t.Any], hosts: t.Mapping[str, str] | None = None, group: str = "ocr") -> Run:
        """Run these tasks and then the example, on hosts of this group: name in the example to name of the host."""
        addresses = {alias: self.user.hosts[name].host.address for alias, name in (hosts or ONE_HOST).items()}
        inventory = {"hosts": {alias: {"ansible_host": address} for alias, address in addresses.items()}}
        self.user.write("inventory.yml", {group: inventory})
        play = {"name": "Example", "hosts": "all", "gather_facts": False, "become": True, "tasks": [*before, self.task]}
        self.user.write("playbook.yml", [play])
        return self.user.type("ansible-playbook -i inventory.yml playbook.yml --diff")

    def result(self, *before: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
        """Run them, and return what the example itself returned, on the host where it ran."""
        (result,) = [found.result for found in self.run(*before, **more).results if found.task == self.task["name"]]
        return result


def names(models: t.Iterable[t.Mapping[str, t.Any]]) -> set[str]:
    """Names of the models in a result."""
    return {model["name"] for model in models}


def gather_from_the_application(example: Example) -> None:
    facts = example.result()["ansible_facts"]["ocr_models"]
    assert (facts["directories"][0]["path"], names(facts["models"])) == (HOME_MODELS, ALL)
    assert (facts["engine"]["state"], facts["engine"]["version"]) == ("released", "26.10.0")


def gather_without_sdk(example: Example) -> None:
    facts = example.result()["ansible_facts"]["ocr_models"]
    assert (facts["directories"][0]["path"], names(facts["models"])) == (SERVER_MODELS, ALL)
    assert facts["engine"]["state"] == "skipped"


def gather_what_is_superseded(example: Example) -> None:
    example.host.put_models(SERVER_MODELS, names=ALL | VERSIONS)
    facts = example.result()["ansible_facts"]["ocr_models"]
    assert {model["name"] for model in facts["models"] if model["status"] == "stale"} == STALE | SUPERSEDED


def gather_what_is_required(example: Example) -> None:
    facts = example.result()["ansible_facts"]["ocr_models"]
    assert [row["state"] for row in facts["required"]] == ["different", "missing", "present"]
    assert (facts["missing_count"], facts["different_count"]) == (1, 1)


def show_which_are_old(example: Example) -> None:
    assert set(example.result(GATHER)["msg"]) == {f"{SERVER_MODELS}/{name}" for name in STALE}


def show_what_would_be_pruned(example: Example) -> None:
    result = example.result()
    assert result["changed"] is True
    assert names(result["pruned"]) == STALE
    assert all(name in result["diff"]["before"] and name not in result["diff"]["after"] for name in STALE)
    assert example.host.models() == ALL


def prune_and_keep_a_backup(example: Example) -> None:
    french = {"old_fr_ocr_v1.bin"}
    result = example.result()
    assert names(result["kept"]) == french
    assert example.host.models() == ALL - STALE | french
    restored = Example(
        example.user,
        {"name": "Restore", "ocrfleet.aspose.ocr_model_restore": {"path": SERVER_MODELS, "backup_dir": BACKUP}},
    )
    assert names(restored.result()["restored"]) == STALE - french


def prune_all_but_the_newest(example: Example) -> None:
    example.host.put_models(SERVER_MODELS, names=ALL | VERSIONS)
    assert names(example.result()["pruned"]) == SUPERSEDED
    assert example.host.models() == (ALL | VERSIONS) - SUPERSEDED


def prune_but_what_is_required(example: Example) -> None:
    result = example.result()
    assert [(model["name"], model["reason"]) for model in result["kept"]] == [("old_fr_ocr_v1.bin", "required")]
    assert names(result["pruned"]) == STALE - {"old_fr_ocr_v1.bin"}


def prune_until_enough_is_free(example: Example) -> None:
    result = example.result()
    assert {model["reason"] for model in result["kept"]} == {"enough free space"}
    assert (result["pruned"], result["min_free_missing_bytes"]) == ([], 0)
    assert example.host.models() == ALL


def prune_with_a_brake(example: Example) -> None:
    result = example.result()
    assert result["ocr_models"]["directories"][0]["path"] == HOME_MODELS
    assert example.host.models(HOME_MODELS) == CURRENT
    assert names(result["pruned"]) == STALE | INCOMPLETE
    assert example.host.models(SERVER_MODELS) == ALL, "the example is about the other directory"
    example.host.put_models(HOME_MODELS, names=(ALL - {"pl_ocr_v1.bin"}))
    example.user.type("ansible-playbook -i inventory.yml playbook.yml", succeeds=False)
    assert example.host.models(HOME_MODELS) == ALL - {"pl_ocr_v1.bin"}, "four of seven are above the brake"


def stop_the_services_for_a_moment(example: Example) -> None:
    host = example.host.host
    for name in ("ocr", "ocr-batch"):
        host.clock(name, sorted(STALE)[0])
    before = host.show("ocr", "MainPID")
    result = example.result()
    assert names(result["pruned"]) == STALE
    assert all(service["stopped"] for service in result["services"])
    assert host.is_active("ocr") and host.show("ocr", "MainPID") != before


def report_and_leave_the_run_in_the_facts(example: Example) -> None:
    result = example.result()
    run = result["ansible_facts"]["ocr_models_run"]
    assert (run, run["kind"], run["outcome"]) == (result["run"], "report", "succeeded")
    assert names(result["ansible_facts"]["ocr_models"]["models"]) == ALL


def say_what_the_role_did(example: Example) -> None:
    maintained = {
        "name": "Maintain",
        "ocrfleet.aspose.ocr_maintenance": {**PRUNE["ocrfleet.aspose.ocr_model_prune"], "prune": "yes"},
        "register": "ocr_maintenance_result",
    }
    lines = example.result(maintained)["msg"]
    assert [line.split(": pruned ")[0] for line in lines] == ["ocr-01", "1 host"]


def undo_the_last_prune(example: Example) -> None:
    result = example.result(PRUNE)
    assert names(result["restored"]) == STALE
    assert example.host.models() == ALL


def see_which_sets_there_are(example: Example) -> None:
    pruned = Example(example.user, PRUNE).result()
    result = example.result()
    assert [found["name"] for found in result["sets"]] == [pruned["backup"]]
    assert result["changed"] is False
    assert example.host.models() == ALL - STALE


def take_back_the_french_models(example: Example) -> None:
    """The set has the name in the example; what has the model's name now is replaced."""
    french = "old_fr_ocr_v1.bin"
    pruned = Example(example.user, PRUNE).result()
    (made,) = example.host.path(BACKUP).rglob(pruned["backup"])
    made.rename(made.with_name(example.task["ocrfleet.aspose.ocr_model_restore"]["backup"]))
    example.host.path(f"{SERVER_MODELS}/{french}").write_bytes(b"another")
    assert names(example.result()["restored"]) == {french}
    assert example.host.path(f"{SERVER_MODELS}/{french}").read_bytes() == french.encode() * 100
    assert example.host.models() == ALL - STALE | {french}


def summarize_this_play(example: Example) -> None:
    totals = example.result(GATHER, hosts=TWO_HOSTS)["msg"]
    assert (totals["hosts"], totals["reported"], totals["models"]) == (2, 2, 2 * len(ALL))


def name_what_differs(example: Example) -> None:
    web = {"web1": "ocr-01", "web2": "ocr-02"}
    assert example.result(GATHER, hosts=web, group="web")["msg"] == []
    example.host.path(f"{SERVER_MODELS}/en_ocr_v1.bin").write_bytes(b"shorter")
    assert example.result(GATHER, hosts=web, group="web")["msg"] == ["en_ocr_v1.bin"]


def summarize_whatever_became_of_them(example: Example) -> None:
    host = example.host.host
    try:
        host.run("systemctl", "stop", "ssh")
        # Open connections outlive it.
        host.run("pkill", "-KILL", "-f", "^sshd", check=False)
        gather = {**GATHER, "register": "my_result", "ignore_unreachable": True}
        totals = example.result(gather, hosts=TWO_HOSTS)["msg"]
    finally:
        host.run("systemctl", "start", "ssh")
    assert (totals["hosts"], totals["reported"], totals["missing"]) == (2, 1, 1)


def report_what_the_cache_has(example: Example) -> None:
    """On the controller, which is this machine, so into the user's folder instead of the one that is named."""
    options = example.task["ocrfleet.aspose.ocr_fleet_report"]
    example.task["ocrfleet.aspose.ocr_fleet_report"] = {**options, "dir": str(example.user.folder / "www")}
    result = example.result(GATHER)
    assert set(result["changed_files"]) == files_of_a_report()
    assert {file.name for file in (example.user.folder / "www").iterdir()} == set(result["changed_files"])
    assert result["totals"]["hosts"] == 1


def show_on_the_terminal(example: Example) -> None:
    shown = "\n".join(example.result(GATHER)["msg"])
    assert "ocr-01" in shown
    assert re.search(r"\b3\b", shown), "three stale models"


CHECKS: dict[str, dict[str, t.Callable[[Example], None]]] = {
    "ocr_maintenance": {
        "Report the models, and leave in the facts what the run did": report_and_leave_the_run_in_the_facts,
    },
    "ocr_maintenance_summary": {"Say what the role did": say_what_the_role_did},
    "ocr_model_facts": {
        "Gather facts about the models of the OCR application": gather_from_the_application,
        "Gather facts about a model directory without starting the SDK": gather_without_sdk,
        "Gather facts about which models newer ones supersede, as en_ocr_v10.bin does en_ocr_v9.bin": (
            gather_what_is_superseded
        ),
        "Gather facts about whether a host has the models that it must have, and whether their contents are right": (
            gather_what_is_required
        ),
        "Show which models are old": show_which_are_old,
    },
    "ocr_model_prune": {
        "Show what would be pruned": show_what_would_be_pruned,
        "Prune old models, but no French ones, and keep what goes for two weeks": prune_and_keep_a_backup,
        "Prune with a brake, and left-overs of downloads too": prune_with_a_brake,
        "Prune all but the two newest versions of each model, for example of en_ocr_v9.bin and en_ocr_v10.bin": (
            prune_all_but_the_newest
        ),
        "Prune old models, but none that the host must have, whatever it is named": prune_but_what_is_required,
        "Prune old models, the oldest first, only until a fifth of the file system is available": (
            prune_until_enough_is_free
        ),
        "Stop the services for a moment that have a model that goes, and prune as the user of the application": (
            stop_the_services_for_a_moment
        ),
    },
    "ocr_model_restore": {
        "Undo the last prune": undo_the_last_prune,
        "See which sets there are": see_which_sets_there_are,
        "Take back the French models of a certain prune, whatever has their names now": take_back_the_french_models,
    },
    "ocr_fleet_summary": {
        "Summarize the facts of all hosts of this play": summarize_this_play,
        "Name the models that differ between the hosts of one group": name_what_differs,
    },
    "ocr_fleet_report": {"Report what the fact cache has of the group ocr": report_what_the_cache_has},
    "ocr_fleet_facts": {
        "Summarize the hosts of this play, whatever became of them": summarize_whatever_became_of_them,
    },
    "ocr_fleet_render": {"Show the fleet on the terminal": show_on_the_terminal},
}


def test_every_plugin_has_examples_and_every_check_one() -> None:
    assert {plugin: {task["name"] for task in plugin_text(path, "EXAMPLES")} for plugin, path in SOURCES.items()} == {
        plugin: set(checks) for plugin, checks in CHECKS.items()
    }


@pytest.mark.parametrize(("plugin", "task"), EXAMPLES, ids=[f"{plugin}-{task['name']}" for plugin, task in EXAMPLES])
def test_example(user: User, plugin: str, task: dict[str, t.Any]) -> None:
    CHECKS[plugin][task["name"]](Example(user, task))
