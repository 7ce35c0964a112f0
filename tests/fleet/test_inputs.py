# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inputs of the role by every way a value can come: they mean what they say, and what says nothing changes nothing."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from light_hosts.fleet import COLLECTION, MODELS, Fleet, Host, Run
from maintenance import BACKUP, MAINTAIN, facts_of, limit_to

NOT_TRUE = ["false", "False", "no", "off", "0", "n", ""]
TRUE = ["true", "True", "yes", "on", "1"]
# A text for each input of the modules that differs from its default where something can be seen of that.
TEXTS = {
    "user": "ocr",
    "path": "",
    "paths": f"{MODELS},/srv/ocr/none",
    "working_dir": "/srv",
    "sdk_python": "/usr/bin/python3",
    "engine": "skip",
    "engine_timeout": "7",
    "stale_prefixes": "old_, deprecated_",
    "version_pattern": "_v(?P<version>[0-9]+)",
    "keep_newest": "2",
    "required": "old_keep_d.bin, name=missing.bin bytes=5",
    "keep": "old_keep*,,",
    "min_age": "0",
    "incomplete": "no",
    "max_prune": "90%",
    "min_free": "",
    "in_use": "fail",
    "backup_dir": BACKUP,
    "backup_max_age": "1d",
    "services": "",
    "release": "never",
    "service_timeout": "9",
    "checksum": "sha256",
    "holders": "no",
}
OF_THE_ROLE = {"prune", "summary", "sdk_venv", "sdk_package", "sdk_version"}


def inputs() -> set[str]:
    """Every input that the role documents, without its prefix."""
    text = (COLLECTION / "roles/ocr_maintenance/meta/argument_specs.yml").read_text(encoding="utf-8")
    options = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    return {name[len("ocr_maintenance_") :] for name in options}


def inventory(fleet: Fleet, host_lines: list[str]) -> tuple[str, ...]:
    """The arguments that add an inventory in INI form, where every value is text."""
    path = fleet.folder / "more.ini"
    path.write_text("\n".join([*host_lines, ""]), encoding="utf-8")
    return ("-i", str(fleet.folder / "inventory.json"), "-i", str(path))


def test_prune_as_text_in_an_inventory(fleet: Fleet) -> None:
    """One host for each text: half of them prune, the others do nothing."""
    words = dict(zip((host.name for host in fleet.hosts), [*NOT_TRUE, *TRUE], strict=False))
    assert len(words) == len(NOT_TRUE) + len(TRUE)
    for host in fleet.hosts:
        host.put_models({"old_a.bin": b"x"})
    lines = [f"{name} ocr_maintenance_prune='\"{word}\"'" for name, word in words.items()]
    run = fleet.playbook(
        MAINTAIN,
        "--become",
        *inventory(fleet, lines),
        *limit_to([host for host in fleet.hosts if host.name in words]),
        variables={"ocr_maintenance_path": MODELS, "ocr_maintenance_engine": "skip"},
    )
    assert run.returncode == 0, run.output
    left = {words[host.name]: host.model_names() for host in fleet.hosts if host.name in words}
    assert left == {word: set() if word in TRUE else {"old_a.bin"} for word in [*NOT_TRUE, *TRUE]}


@pytest.mark.parametrize("value", ["false", "no", "off", "0", "False", ""])
def test_prune_as_text_on_the_command_line(fleet: Fleet, value: str) -> None:
    host = fleet.hosts[0]
    host.put_models({"old_a.bin": b"x"})
    variables = {"ocr_maintenance_path": MODELS, "ocr_maintenance_engine": "skip"}
    arguments = ("--become", "-e", f"ocr_maintenance_prune={value}", *limit_to([host]))
    run = fleet.playbook(MAINTAIN, *arguments, variables=variables)
    assert (run.returncode, host.model_names()) == (0, {"old_a.bin"}), run.output


@pytest.mark.parametrize("value", ["perhaps", "2", "{}"])
def test_a_text_that_is_neither_true_nor_false_is_refused(fleet: Fleet, value: str) -> None:
    host = fleet.hosts[0]
    host.put_models({"old_a.bin": b"x"})
    variables = {"ocr_maintenance_path": MODELS, "ocr_maintenance_engine": "skip", "ocr_maintenance_prune": value}
    run = fleet.playbook(MAINTAIN, "--become", *limit_to([host]), variables=variables)
    assert run.returncode != 0
    assert host.model_names() == {"old_a.bin"}
    assert "ocr_maintenance_prune" in run.output and "neither true nor false" in run.output


def run_with_texts(fleet: Fleet, prune: str) -> Run:
    """Maintain the first host, which has a model for each rule, with every input as text of an INI inventory."""
    assert inputs() == TEXTS.keys() | OF_THE_ROLE
    host = fleet.hosts[0]
    host.put_models(
        dict.fromkeys(("old_a.bin", "deprecated_b.bin", "old_keep_c.bin", "old_keep_d.bin", "d.part"), b"x")
    )
    group = f"{host.name}_texts"
    lines = [f"{host.name} ocr_maintenance_prune={prune}", f"[{group}]", host.name, f"[{group}:vars]"]
    lines += [f"ocr_maintenance_{name}='{text}'" for name, text in TEXTS.items()]
    run = fleet.playbook(MAINTAIN, "--become", *inventory(fleet, lines), *limit_to([host]))
    assert run.returncode == 0, run.output
    return run


def test_every_input_of_a_prune_as_text(fleet: Fleet, host: Host) -> None:
    run_with_texts(fleet, "true")
    assert host.model_names() == {"old_keep_c.bin", "old_keep_d.bin", "d.part"}
    (made,) = (host.root / BACKUP.lstrip("/")).iterdir()
    assert {path.name for path in made.glob("models/*")} == {"old_a.bin", "deprecated_b.bin"}
    assert made.stat().st_uid == host.models.stat().st_uid, "not made as the user"


def test_every_input_of_a_report_as_text(fleet: Fleet, host: Host) -> None:
    run = run_with_texts(fleet, "false")
    facts = facts_of(run, host.name)
    assert (facts["count"], facts["stale_count"], facts["pending_bytes"]) == (5, 4, None)
    assert [row["state"] for row in facts["required"]] == ["present", "missing"]
    assert all(len(model["checksum"]) == 64 for model in facts["models"])


@pytest.mark.parametrize("unset", [None, ""])
@pytest.mark.parametrize("prune", [True, False])
def test_every_input_unset(fleet: Fleet, unset: str | None, prune: bool) -> None:
    host = fleet.hosts[0]
    host.put_models({"old_a.bin": b"x", "b.bin": b"x"})
    values: dict[str, t.Any] = {f"ocr_maintenance_{name}": unset for name in inputs()}
    asked = {"path": MODELS, "engine": "skip", "prune": prune, "stale_prefixes": ["old_"]}
    values.update({f"ocr_maintenance_{name}": value for name, value in asked.items()})
    run = fleet.playbook(MAINTAIN, "--become", *limit_to([host]), variables=values)
    assert run.returncode == 0, run.output
    assert host.model_names() == ({"b.bin"} if prune else {"old_a.bin", "b.bin"})
    assert "1 host: " in run.output
