# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that has a model loaded in the real engine of the SDK, which keeps it until its process ends."""

from __future__ import annotations

import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from booted_hosts.hosts import Host, Hosts, running_hosts
from conftest import SDK, SDK_ON_HOSTS, make_environments, python_of, require
from controller import COLLECTION, Run
from maintenance import facts_of, maintain, maintained
from possible import leave_out
from tested_with import Record

SCRIPTS = COLLECTION / "tests" / "sdk"
PREPARE = COLLECTION / "tests" / "tooling" / "prepare_sdk.py"
NOT_HERE = 3  # what prepare_sdk.py exits with
SERVICE = "ocr-engine"
HOME = "/home/ocr"
MODELS = f"{HOME}/.local/share/Aspose.AI.LLM/models"
# The one model that the SDK loads without a licence, and its name once a newer one has taken its place.
CURRENT = "lmstudio-community_Llama-3.2-3B-Instruct-GGUF/Llama-3.2-3B-Instruct-Q4_K_M.gguf"
STALE = f"old_{CURRENT}"
# The newest Debian for whose own Python there is a build of the SDK.
SUITE = "trixie"
PYTHON = python_of("newest")
SERVE = f"{PYTHON} /opt/ocr/service/ocr_service.py %s {HOME}"
UNIT = f"""
[Service]
Type=forking
User=ocr
PIDFile={HOME}/ocr-service.pid
ExecStart={SERVE % "start"}
ExecStop={SERVE % "stop"}
"""


@pytest.fixture(scope="module")
def engine_hosts() -> t.Iterator[Hosts]:
    """One host with the SDK and what its engine needs."""
    require(SUITE)
    prepare = [sys.executable, str(PREPARE), "--into", str(SDK), "--only", "packages", "ocr_service"]
    prepared = subprocess.run(prepare, stdout=subprocess.PIPE, text=True, check=False)
    if prepared.returncode == NOT_HERE:
        leave_out(prepared.stdout)
    assert prepared.returncode == 0, prepared.stdout
    with running_hosts([SUITE], shared={SDK_ON_HOSTS: SDK.resolve(), "/opt/ocr/service": SCRIPTS}) as hosts:
        make_environments(hosts.all[0], "newest")
        yield hosts


@pytest.fixture
def host(engine_hosts: Hosts) -> t.Iterator[Host]:
    """The host, whose service has loaded a model that was replaced meanwhile: another has its name, it an old one."""
    (host,) = engine_hosts.all
    # Models lie on a disk; on the overlay of the host's root, leases tell nothing.
    host.run("mount", "-t", "tmpfs", "home", HOME)
    host.run("cp", "-r", f"{SDK_ON_HOSTS}/ocr_service/.", HOME)
    host.run("chown", "-R", "ocr:ocr", HOME)
    host.unit(f"{SERVICE}.service", UNIT)
    host.run("systemctl", "start", SERVICE)
    models = models_of(host)
    (models / CURRENT).parent.rename((models / STALE).parent)
    host.run("cp", "-r", f"{SDK_ON_HOSTS}/ocr_service/.local/share/Aspose.AI.LLM/models/{Path(CURRENT).parent}", MODELS)
    host.run("chown", "-R", "ocr:ocr", MODELS)
    yield host
    host.run("systemctl", "stop", SERVICE)
    host.run("umount", HOME)


def models_of(host: Host) -> Path:
    """The model directory, as the SDK of the user ocr names it."""
    return host.root / MODELS.lstrip("/")


def engine_pid(host: Host) -> int:
    """The process that serves."""
    return int((host.root / HOME.lstrip("/") / "ocr-service.pid").read_text(encoding="utf-8"))


def mapped(host: Host) -> set[str]:
    """Names of the models that the process that serves has mapped."""
    maps = host.run("cat", f"/proc/{engine_pid(host)}/maps").stdout
    paths = {line.split(maxsplit=5)[5] for line in maps.splitlines() if ".gguf" in line}
    return {path.removeprefix(f"{MODELS}/") for path in paths}


def stopped(run: Run, host: Host) -> list[str]:
    """The services that a run stopped on a host."""
    return [service["name"] for service in maintained(run, host.name).result["services"] if service["stopped"]]


def run_role(hosts: Hosts, *arguments: str, **settings: t.Any) -> Run:
    """Run the role as the service's user; the SDK itself says where the models are."""
    engine = {"path": None, "engine": "required", "sdk_python": PYTHON, "user": "ocr"}
    run = maintain(hosts, *arguments, **{**engine, **settings})
    assert run.returncode == 0, run.output
    return run


def test_a_loaded_model_is_in_use_until_the_service_is_stopped(
    engine_hosts: Hosts, host: Host, record_property: Record
) -> None:
    record_property("tested", "real engine: with a loaded model")
    before = engine_pid(host)
    assert mapped(host) == {STALE}
    size = (models_of(host) / STALE).stat().st_blocks * 512

    facts = facts_of(run_role(engine_hosts), host.name)
    assert (facts["directories"][0]["path"], facts["count"], facts["in_use_count"]) == (MODELS, 2, 1)
    assert [(holder["pid"], holder["models"]) for holder in facts["holders"]] == [(before, [STALE])]
    assert facts["engine"]["state"] == "released"

    kept_run = run_role(engine_hosts, prune=True)
    (kept,) = maintained(kept_run, host.name).result["kept"]
    assert (kept["name"], kept["in_use"], kept["holders"]) == (STALE, True, [before])
    assert kept["reason"].startswith(f"in use by {before} (python")
    assert maintained(kept_run, host.name).result["freed_bytes"] == 0
    assert (engine_pid(host), mapped(host)) == (before, {STALE})

    dry = run_role(engine_hosts, "--check", prune=True, services=[SERVICE])
    assert stopped(dry, host) == [f"{SERVICE}.service"]
    assert (engine_pid(host), mapped(host)) == (before, {STALE})

    real = run_role(engine_hosts, prune=True, services=[SERVICE])
    done = maintained(real, host.name).result
    assert [model["name"] for model in done["pruned"]] == [STALE]
    assert done["freed_bytes"] == size
    assert facts_of(real, host.name)["pending_bytes"] == 0
    assert stopped(real, host) == [f"{SERVICE}.service"]
    assert not (host.root / f"proc/{before}").exists()
    assert mapped(host) == {CURRENT}, "the service did not load the model that took the other's place"
    facts = facts_of(real, host.name)
    assert (facts["count"], facts["stale_count"], facts["engine"]["state"]) == (1, 0, "released")

    again = run_role(engine_hosts, prune=True, services=[SERVICE])
    assert stopped(again, host) == []
    assert maintained(again, host.name).status == "ok"


def test_a_model_that_was_deleted_while_loaded_is_released(engine_hosts: Hosts, host: Host) -> None:
    """Deleting it freed nothing: the role notices, and has the service let go."""
    before = engine_pid(host)
    size = (models_of(host) / STALE).stat().st_blocks * 512
    shutil.rmtree((models_of(host) / STALE).parent)
    facts = facts_of(run_role(engine_hosts), host.name)
    assert facts["pending_bytes"] == size
    assert [holder["pid"] for holder in facts["holders"]] == [before]
    real = run_role(engine_hosts, prune=True, services=[SERVICE])
    assert facts_of(real, host.name)["pending_bytes"] == 0
    assert mapped(host) == {CURRENT}
    assert engine_pid(host) != before
