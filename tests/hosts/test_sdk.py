# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real SDK on each Debian's own Python, in every release that it runs: asked, pruned around, and released again."""

from __future__ import annotations

import subprocess
import sys
import typing as t

import pytest
from booted_hosts.hosts import SUITES, Host, Hosts
from conftest import SDK, make_environments, python_of
from controller import COLLECTION
from interpreters import RELEASE_PYTHONS, SDK_RELEASES
from tested_with import Record

PREPARE = COLLECTION / "tests" / "tooling" / "prepare_sdk.py"
DATA = "/srv/ocr"
MODELS = f"{DATA}/Aspose.AI.LLM/models"
BACKUP = f"{DATA}/backup"
FILES = {"en_ocr_v1.bin": 100, "old_fr_ocr_v1.bin": 2000, "qwen/old weights.gguf": 300, "old_qwen/weights.gguf": 4000}
STALE = {"old_fr_ocr_v1.bin", "old_qwen/weights.gguf"}
# What a release says that does not answer on a Debian: it wants a newer libstdc++, has no AsposeAI yet, or no build for
# this Python.
SAYS_WHY_NOT = {
    ("too_old", "bullseye"): "26.6.0 or newer for Debian 11",
    ("oldest", "bullseye"): "26.6.0 or newer for Debian 11",
    ("too_old", "bookworm"): "upgrade to 25.9.0",
    ("middle", "forky"): "is not built for Python 3.14",
}


def suites_of(release: str) -> list[str]:
    """The Debian releases whose own Python runs this release of the SDK."""
    fitting = [suite for suite, python in SUITES.items() if python in RELEASE_PYTHONS[release]]
    return [suite for suite in fitting if (release, suite) not in SAYS_WHY_NOT]


@pytest.fixture(scope="module")
def versions(all_hosts: Hosts) -> dict[str, str]:
    """The version of each release by its name, after making sure that every host has environments of those it runs."""
    prepare = [sys.executable, str(PREPARE), "--into", str(SDK), "--only", "packages"]
    prepared = subprocess.run(prepare, stdout=subprocess.PIPE, text=True, check=False)
    assert prepared.returncode == 0, prepared.stdout
    for host in all_hosts.all:
        releases = [
            name for name in SDK_RELEASES if host.suite in suites_of(name) or (name, host.suite) in SAYS_WHY_NOT
        ]
        make_environments(host, *releases)
    found = {}
    for name in SDK_RELEASES:
        (metadata,) = (SDK / "packages" / name).glob("aspose_ocr_python_net-*.dist-info")
        found[name] = metadata.name.removesuffix(".dist-info").rpartition("-")[2]
    return found


@pytest.fixture
def supplied(hosts: Hosts) -> Hosts:
    """The hosts, each with models where the SDK of the user ocr looks for them."""
    for host in hosts.all:
        for name, size in FILES.items():
            path = host.root / MODELS.lstrip("/") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"m" * size)
        host.run("chown", "-R", "ocr:ocr", f"{DATA}/Aspose.AI.LLM")
    return hosts


def play(suites: t.Sequence[str], *modules: tuple[str, dict[str, t.Any]]) -> dict[str, t.Any]:
    """A play of these modules, one after the other, on the hosts of these suites, as root for the user ocr."""
    return {
        "hosts": ":".join(suites),
        "gather_facts": False,
        "become": True,
        "environment": {"XDG_DATA_HOME": DATA},
        "tasks": [{f"ocrfleet.aspose.{name}": {"user": "ocr", **options}} for name, options in modules],
    }


def hosts_of(hosts: Hosts, suites: t.Iterable[str]) -> list[Host]:
    """The hosts of these suites."""
    return [host for host in hosts.all if host.suite in suites]


def files_of(host: Host) -> set[str]:
    """Names of the files in the model directory."""
    models = host.root / MODELS.lstrip("/")
    return {str(path.relative_to(models)) for path in models.rglob("*") if path.is_file()}


@pytest.mark.parametrize("release", [name for name in SDK_RELEASES if name != "too_old"])
def test_a_release_is_asked_and_released_on_each_python_that_runs_it(
    versions: dict[str, str], supplied: Hosts, release: str, record_property: Record
) -> None:
    sdk = {"sdk_python": python_of(release), "engine": "required"}
    modules = (
        ("ocr_model_facts", sdk),
        ("ocr_model_prune", {**sdk, "stale_prefixes": ["old_"], "backup_dir": BACKUP}),
        # It asks the SDK for the directory, through the module for the facts.
        ("ocr_model_restore", {**sdk, "paths": [], "backup_dir": BACKUP}),
    )
    run = supplied.playbook([play(suites_of(release), *modules)])
    assert run.returncode == 0, run.output
    for host in hosts_of(supplied, suites_of(release)):
        facts = run.last(host.name, "ocr_model_facts").result["ansible_facts"]["ocr_models"]
        assert [directory["path"] for directory in facts["directories"]] == [MODELS]
        assert {model["name"]: model["bytes"] for model in facts["models"]} == FILES
        engine = facts["engine"]
        assert (engine["state"], engine["version"], engine["model_dir"]) == ("released", versions[release], MODELS)
        # From 26.9.1 on, only files with one well-known name are listed.
        assert engine["listed"] == (len(FILES) if release != "newest" else 0)
        done = run.last(host.name, "ocr_model_prune").result
        assert ({model["name"] for model in done["pruned"]}, done["engine"]["state"]) == (STALE, "released")
        assert {model["name"] for model in done["ocr_models"]["models"]} == FILES.keys() - STALE
        restored = run.last(host.name, "ocr_model_restore").result["restored"]
        assert ({model["name"] for model in restored}, files_of(host)) == (STALE, set(FILES))
        version = "the newest" if release == "newest" else versions[release]
        debian = host.run("sh", "-c", ". /etc/os-release && echo $VERSION_ID").stdout.strip()
        record_property("tested", f"SDK on these: {version} on Debian {debian}")


def test_a_release_that_does_not_answer_says_why_and_the_models_are_pruned_all_the_same(
    versions: dict[str, str], supplied: Hosts
) -> None:
    prune = {"path": MODELS, "stale_prefixes": ["old_"]}
    plays = [
        play([suite], ("ocr_model_prune", {**prune, "sdk_python": python_of(name)})) for name, suite in SAYS_WHY_NOT
    ]
    run = supplied.playbook(plays)
    assert run.returncode == 0, run.output
    for host in hosts_of(supplied, {suite for _name, suite in SAYS_WHY_NOT}):
        engines = [result.result["engine"] for result in run.of(host.name, "ocr_model_prune")]
        expected = {versions[name]: said for (name, suite), said in SAYS_WHY_NOT.items() if suite == host.suite}
        assert [engine["version"] for engine in engines] == list(expected)
        for engine in engines:
            assert (engine["state"], expected[engine["version"]] in engine["message"]) == ("failed", True), engine
        assert files_of(host) == FILES.keys() - STALE
