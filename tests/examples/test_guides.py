# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages for users, done as they say: each block of README, how-to and the roles' READMEs runs as it is written.

A block that no test takes fails the last test here.
"""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from booted_hosts.hosts import Hosts
from conftest import ALL, HOME_MODELS, NAMES, SERVER_MODELS, STALE, OcrHost, User
from controller import COLLECTION, Run
from pages import CHECKOUT, Block, blocks_of, files_of_a_report

README = "README.md"
HOW_TO = "docs/how-to.md"
MAINTENANCE = "roles/ocr_maintenance/README.md"
REPORT = "roles/ocr_fleet_report/README.md"
PAGES = (README, HOW_TO, MAINTENANCE, REPORT)
# Blocks that are no commands for this session, and why.
ELSEWHERE = {
    ("README.md", "Two commands"): "the session demo runs the one, and the other runs this",
    ("README.md", "Installation"): "it takes a published release; the session package installs the artifact",
    ("CONTRIBUTING.md", "The commands"): "ruff runs in the session checks",
    ("CONTRIBUTING.md", "The house"): "a list of folders",
    ("CONTRIBUTING.md", "A pull request"): "the form of a changelog fragment, which antsibull-changelog checks",
    ("docs/scale.md", "Several controllers"): "tests/fleet_report has slices of a fleet",
    ("docs/scale.md", "Pull mode"): "tests/fleet_report reports from such a cache",
}
FRENCH = "old_fr_ocr_v1.bin"
PRUNE = "ansible-playbook -i inventory.yml ocrfleet.aspose.maintain --become -e ocr_maintenance_prune=true"

_taken: set[Block] = set()


def section(page: str, heading: str, *languages: str) -> list[Block]:
    """The blocks below this heading, which have to be of these languages."""
    found = [block for block in blocks_of(page) if block.heading == heading]
    assert [block.language for block in found] == list(languages), f"{page}: {heading}"
    _taken.update(found)
    return found


def shown(run: Run) -> list[str]:
    """What --diff printed of the models."""
    return [line for line in run.output.splitlines() if line.startswith(("-", "+", " ", "@")) and "ansible" not in line]


def last(run: Run, host: str, action: str = "ocr_maintenance") -> dict[str, t.Any]:
    """What the role's task, or this action, returned on this host."""
    return run.last(host, action).result


@pytest.fixture
def operator(user: User) -> User:
    """A user with the inventory and the variables that the how-to starts from."""
    (variables,) = section(HOW_TO, "How to", "yaml")
    user.write("inventory.yml", {"ocr": {"hosts": dict.fromkeys(NAMES[:2])}})
    user.write("group_vars/ocr.yml", variables.data())
    return user


def add(user: User, *variables: Block) -> None:
    """Add these group variables."""
    file = user.folder / "group_vars/ocr.yml"
    merged = yaml.safe_load(file.read_text(encoding="utf-8"))
    for block in variables:
        merged.update(block.data())
    user.write("group_vars/ocr.yml", merged)


class TestReadme:
    """From nothing but this machine's Python, a clone and hosts to the first prune."""

    def test_five_minutes(self, fleet: Hosts, hosts: dict[str, OcrHost]) -> None:
        user = User(fleet, hosts, Path("/nowhere"))
        install, inventory, commands = section(README, "Five minutes to a first dry run", "console", "yaml", "console")
        # The hosts' network leads nowhere else, so this runs outside.
        subprocess.run(["sh", "-e", "-c", install.commands()], cwd=COLLECTION, env=user.environment(), check=True)
        user.programs = user.home / "ansible/bin"
        user.write("inventory.yml", inventory.text)
        user.reach_hosts(interpreter=False)
        for host in hosts.values():
            host.put_models(HOME_MODELS, names=ALL | {"old_qwen2-vl/mmproj.gguf"})
        look, do = commands.commands().splitlines()
        dry = user.type(look)
        assert hosts["ocr-01"].models(HOME_MODELS) == ALL | {"old_qwen2-vl/mmproj.gguf"}
        real = user.type(do)
        for name in ("ocr-01", "ocr-02"):
            assert hosts[name].models(HOME_MODELS) == ALL - STALE | {FRENCH}
            predicted = [last(run, name)["pruned"] for run in (dry, real)]
            assert predicted[0] == predicted[1]

    def test_what_it_looks_like(self, user: User, hosts: dict[str, OcrHost]) -> None:
        """What the page shows is what is printed, line by line, but for the host's other lines."""
        (example,) = section(README, "What it looks like", "console")
        (inventory,) = [block for block in blocks_of(README) if block.language == "yaml" and "*_fr_*" in block.text][:1]
        data = inventory.data()
        data["ocr"]["vars"].update(ocr_maintenance_path=SERVER_MODELS, ansible_become=True)
        data["ocr"]["hosts"] = {"ocr-01": None}
        user.write("inventory.yml", data)
        pair = {"old_qwen2-vl/mmproj.gguf", "old_qwen2-vl/weights.gguf"}
        names = {"en_ocr_v1.bin", "llama-3.2.gguf.part", FRENCH, *pair}
        hosts["ocr-01"].put_models(SERVER_MODELS, names=names)
        printed = user.type(example).output.splitlines()
        expected = example.text.splitlines()[1:]
        start = printed.index(expected[0])
        assert printed[start : start + len(expected)] == expected

    def test_a_playbook_of_your_own(self, operator: User, hosts: dict[str, OcrHost]) -> None:
        playbook, command = section(README, "A playbook of your own", "yaml", "console")
        operator.write("prune.yml", playbook.text)
        dry = operator.type(command)
        assert {model["name"] for model in last(dry, "ocr-01")["pruned"]} == STALE
        assert hosts["ocr-01"].models() == ALL
        real = operator.type(command.commands().replace(" --check", ""))
        assert hosts["ocr-01"].models() == hosts["ocr-02"].models() == ALL - STALE
        assert last(real, "ocr-01")["backup"]


class TestHowTo:
    """Each heading is a task that somebody has, and done as it says it is done."""

    def test_first_dry_run(self, operator: User, hosts: dict[str, OcrHost]) -> None:
        (command,) = section(HOW_TO, "Do a first dry run", "console")
        run = operator.type(command)
        assert [line for line in shown(run) if line.startswith("-old")] == [f"-{name}" for name in sorted(STALE)] * 2
        assert hosts["ocr-01"].models() == ALL

    def test_keep(self, operator: User) -> None:
        (variables,) = section(HOW_TO, "Keep some of the old models", "yaml")
        add(operator, variables)
        result = last(operator.type(PRUNE), "ocr-01")
        assert {model["name"] for model in result["kept"]} == {FRENCH, "old_qwen2-vl/weights.gguf"}
        assert {model["name"] for model in result["pruned"]} == {"old_de_ocr_v1.bin"}

    def test_keep_newest(self, operator: User, hosts: dict[str, OcrHost]) -> None:
        (variables,) = section(HOW_TO, "Keep the newest versions of each model", "yaml")
        add(operator, variables)
        versions = {f"en_ocr_v{number}.bin" for number in (8, 9, 10)}
        hosts["ocr-01"].put_models(SERVER_MODELS, names=versions | {FRENCH})
        report = operator.type("ansible-playbook -i inventory.yml ocrfleet.aspose.report --become")
        found = last(report, "ocr-01")["ansible_facts"]["ocr_models"]
        assert found["stale_count"] == 2
        result = last(operator.type(PRUNE), "ocr-01")
        assert {model["name"]: model["superseded_by"] for model in result["pruned"]} == {
            FRENCH: None,
            "en_ocr_v8.bin": "en_ocr_v10.bin",
        }
        assert hosts["ocr-01"].models() == versions - {"en_ocr_v8.bin"}

    def test_required(self, operator: User, hosts: dict[str, OcrHost]) -> None:
        variables, command = section(HOW_TO, "Name the models that a host must have", "yaml", "console")
        add(operator, variables)
        run = operator.type(command)
        result = last(run, "ocr-01")
        assert {row["name"]: row["state"] for row in result["ansible_facts"]["ocr_models"]["required"]} == {
            "en_ocr_v1.bin": "present",
            FRENCH: "present",
            "qwen/weights.gguf": "missing",
        }
        assert [(model["name"], model["reason"]) for model in result["kept"]] == [(FRENCH, "required")]
        assert "1 required missing" in run.output
        operator.type(PRUNE)
        assert hosts["ocr-01"].models() == ALL - STALE | {FRENCH}

    def test_min_free(self, operator: User, hosts: dict[str, OcrHost]) -> None:
        (variables,) = section(HOW_TO, "Free only as much space as is needed", "yaml")
        add(operator, variables)
        result = last(operator.type(PRUNE), "ocr-01")
        assert {model["reason"] for model in result["kept"]} == {"enough free space"}
        assert hosts["ocr-01"].models() == ALL
        host = hosts["ocr-01"]
        oldest = host.path(f"{SERVER_MODELS}/{FRENCH}")
        os.utime(oldest, (1, 1))
        ballast = host.path("/srv/ocr/ballast")
        try:
            status = os.statvfs(oldest)
            # One block short of a fifth.
            blocks = status.f_bavail - (status.f_blocks * 20 + 99) // 100 + 1
            ballast.write_bytes(b"x" * blocks * status.f_frsize)
            result = last(operator.type(PRUNE), "ocr-01")
        finally:
            ballast.unlink()
        assert [model["name"] for model in result["pruned"]] == [FRENCH]
        assert result["min_free_missing_bytes"] == 0
        assert host.models() == ALL - {FRENCH}

    def test_canary(self, operator: User, hosts: dict[str, OcrHost]) -> None:
        (command,) = section(HOW_TO, "Prune on a canary group first", "console")
        operator.write("inventory.yml", {"ocr": {"hosts": dict.fromkeys(NAMES)}})
        hosts["ocr-02"].host.run("mount", "-o", "remount,ro", "/srv/ocr")
        run = operator.type(command, succeeds=False)
        assert [host.models() == ALL - STALE for host in hosts.values()] == [True, False, False]
        assert run.of("ocr-03") == [], "the failure of the second batch did not end the run"

    def test_undo(self, operator: User, hosts: dict[str, OcrHost]) -> None:
        variables, commands = section(HOW_TO, "Undo a prune", "yaml", "console")
        add(operator, variables)
        operator.type(PRUNE)
        assert hosts["ocr-02"].models() == ALL - STALE
        list_sets, look, do = commands.commands().splitlines()
        listed = operator.type(list_sets)
        (found,) = last(listed, "ocr-01", "ocr_model_restore")["sets"]
        assert f"{found['name']}: {len(STALE)} models" in listed.output
        dry = operator.type(look)
        assert {model["name"] for model in last(dry, "ocr-01", "ocr_model_restore")["restored"]} == STALE
        assert hosts["ocr-02"].models() == ALL - STALE
        operator.type(f'{do} -e \'{{"ocr_restore_names": ["*_fr_*"]}}\'')
        assert hosts["ocr-02"].models() == ALL - STALE | {FRENCH}
        operator.type(do)
        assert hosts["ocr-01"].models() == hosts["ocr-02"].models() == ALL

    def test_fleet_report(self, operator: User, hosts: dict[str, OcrHost]) -> None:
        (command,) = section(HOW_TO, "See the whole fleet, and find drift", "console")
        hosts["ocr-02"].path(f"{SERVER_MODELS}/en_ocr_v1.bin").write_bytes(b"shorter")
        run = operator.type(command)
        assert {file.name for file in (operator.folder / "ocr-report").iterdir()} == files_of_a_report()
        report = json.loads((operator.folder / "ocr-report/report.json").read_text(encoding="utf-8"))
        assert [(drift["name"], drift["kind"]) for drift in report["drift"]] == [("en_ocr_v1.bin", "size")]
        assert "ocr-01" in run.output

    def test_services(self, operator: User, hosts: dict[str, OcrHost]) -> None:
        (variables,) = section(HOW_TO, "Stop the services that hold a model, only when needed", "yaml")
        add(operator, variables)
        host = hosts["ocr-01"].host
        host.clock("ocr", FRENCH)
        before = host.show("ocr", "MainPID")
        operator.type(PRUNE)
        assert hosts["ocr-01"].models() == ALL - STALE
        assert host.is_active("ocr") and host.show("ocr", "MainPID") != before
        assert not hosts["ocr-02"].host.is_active("ocr"), "it did not run before"

    def test_install_the_sdk(self, operator: User, hosts: dict[str, OcrHost]) -> None:
        """From a folder on the host instead of a package index, as its network leads nowhere."""
        (variables,) = section(HOW_TO, "Install the SDK", "yaml")
        add(operator, variables)
        operator.write("inventory.yml", {"ocr": {"hosts": {"ocr-03": {}}}})
        hosts["ocr-03"].path("/etc/pip.conf").write_text("[global]\nno-index = true\nfind-links = /opt/wheels\n")
        host = hosts["ocr-03"].host
        host.run("umount", "/opt/ocr/venv")
        try:
            run = operator.type("ansible-playbook -i inventory.yml ocrfleet.aspose.maintain --become")
            engine = last(run, "ocr-03")["ansible_facts"]["ocr_models"]["engine"]
            assert (engine["state"], engine["version"]) == ("released", variables.data()["ocr_maintenance_sdk_version"])
            assert engine["python"].startswith(variables.data()["ocr_maintenance_sdk_venv"])
        finally:
            host.run("rm", "-rf", "/opt/ocr/venv")

    def test_several_applications(self, operator: User, hosts: dict[str, OcrHost]) -> None:
        heading = "Several OCR applications on one host"
        playbook, variables, report = section(HOW_TO, heading, "yaml", "yaml", "console")
        operator.write("playbook.yml", playbook.text)
        (task,) = playbook.data()[0]["tasks"]
        for number, application in enumerate(task["loop"]):
            for name in NAMES[:2]:
                hosts[name].host.run("useradd", "--uid", str(9100 + number), application["user"], check=False)
                hosts[name].put_models(application["path"], owner=9100 + number)
        run = operator.type("ansible-playbook -i inventory.yml playbook.yml")
        paths = [application["path"] for application in task["loop"]]
        for path in paths:
            assert hosts["ocr-02"].models(path) == ALL - STALE
        assert hosts["ocr-02"].models() == ALL
        facts = last(run, "ocr-02")["ansible_facts"]["ocr_models"]
        assert {one["path"]: one["count"] for one in facts["directories"]} == dict.fromkeys(paths, len(ALL - STALE))
        assert (facts["count"], facts["stale_count"]) == (2 * len(ALL - STALE), 0)
        operator.write("applications.yml", variables.text)
        facts = last(operator.type(report.commands()), "ocr-02")["ansible_facts"]["ocr_models"]
        assert [one["path"] for one in facts["directories"]] == paths
        assert {model["directory"] for model in facts["models"]} == set(paths)

    def test_the_models_of_the_sdks_ocr(self, operator: User, hosts: dict[str, OcrHost]) -> None:
        (variables,) = section(HOW_TO, "Take the models of the SDK's OCR too", "yaml")
        add(operator, variables)
        working_dir = variables.data()["ocr_maintenance_working_dir"]
        for host in hosts.values():
            host.put_models(HOME_MODELS)
            host.put_models(f"{working_dir}/aspose_data", names={"latin.ocr", "old_latin.ocr", "old_other.bin"})
        facts = last(operator.type(PRUNE), "ocr-01")["ansible_facts"]["ocr_models"]
        assert [(one["path"], one["store"]) for one in facts["directories"]] == [
            (HOME_MODELS, "ai"),
            (f"{working_dir}/aspose_data", "ocr"),
        ]
        assert hosts["ocr-01"].models(HOME_MODELS) == ALL - STALE
        assert hosts["ocr-01"].models(f"{working_dir}/aspose_data") == {"latin.ocr", "old_other.bin"}

    def test_without_root(self, operator: User, hosts: dict[str, OcrHost]) -> None:
        section(HOW_TO, "Run without root")
        operator.write("group_vars/ocr.yml", {"ocr_maintenance_path": SERVER_MODELS, "ansible_user": "ocr"})
        operator.type(PRUNE.replace(" --become", ""))
        assert hosts["ocr-01"].models() == ALL - STALE

    def test_pull(self, hosts: dict[str, OcrHost], user: User) -> None:
        """On the host itself, with the Ansible of this machine."""
        (command,) = section(HOW_TO, "Let the hosts pull", "console")
        host = hosts["ocr-01"]
        settings = {"ocr_maintenance_path": SERVER_MODELS, "ocr_maintenance_prune": True}
        host.path("/etc/ocr-maintenance.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        path = f"PATH={user.programs}:/usr/sbin:/usr/bin:/sbin:/bin"
        host.host.run("env", "-i", path, "HOME=/root", "LC_ALL=C.UTF-8", "sh", "-e", "-c", command.commands())
        assert host.models() == ALL - STALE


class TestRoles:
    """The playbooks in the roles' READMEs."""

    def test_maintenance_and_its_rollback(self, operator: User, hosts: dict[str, OcrHost]) -> None:
        (playbook,) = section(MAINTENANCE, "ocr_maintenance", "yaml")
        operator.write("playbook.yml", playbook.data())
        kept = {"old_french.bin"}
        hosts["ocr-01"].put_models(SERVER_MODELS, names=ALL | kept)
        dry = operator.type("ansible-playbook -i inventory.yml playbook.yml --check --diff")
        assert [line for line in shown(dry) if line.startswith("-old_de")] == ["-old_de_ocr_v1.bin"] * 2
        assert hosts["ocr-01"].models() == ALL | kept
        operator.type("ansible-playbook -i inventory.yml playbook.yml")
        assert hosts["ocr-01"].models() == ALL - STALE | kept | {FRENCH}
        (rollback,) = section(MAINTENANCE, "Rollback", "console")
        operator.type(rollback)
        assert hosts["ocr-01"].models() == ALL | kept

    def test_report(self, operator: User) -> None:
        (playbook,) = section(REPORT, "ocr_fleet_report", "yaml")
        operator.write("playbook.yml", playbook.data())
        run = operator.type("ansible-playbook -i inventory.yml playbook.yml")
        report = json.loads((operator.folder / "ocr-report/report.json").read_text(encoding="utf-8"))
        assert (report["totals"]["reported"], report["totals"]["models"]) == (2, 2 * len(ALL)), run.output


@pytest.mark.usefixtures("fleet")  # without hosts, the tests above take nothing
def test_no_block_is_left_out() -> None:
    """Meaningful after all tests above alone: with -k it fails."""
    pages = ["README.md", "CONTRIBUTING.md", *(str(path.relative_to(CHECKOUT)) for path in CHECKOUT.glob("docs/*.md"))]
    every = [block for page in {*pages, *PAGES} for block in blocks_of(page)]
    assert [block for block in every if block not in _taken and (block.page, block.heading) not in ELSEWHERE] == []
    assert set(ELSEWHERE) <= {(block.page, block.heading) for block in every}
