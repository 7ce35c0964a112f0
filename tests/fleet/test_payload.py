# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible sends to a host, and what running it costs there."""

from __future__ import annotations

import json

import pytest
from light_hosts.fleet import MODELS, Fleet, Host

KEPT = "/srv/ocr/kept"
BACKUPS = "/srv/ocr/backups"

# Runs a module as Ansible sent it, and tells how often Python compiled which of the collection's files.
COUNT_COMPILATIONS = """
import collections, json, runpy, sys
compiled = collections.Counter()
def hook(event, arguments):
    if event == "compile":
        folder, found, name = str(arguments[1]).partition("/ocrfleet/aspose/plugins/module_utils/")
        if found:
            compiled[name] += 1
sys.addaudithook(hook)
try:
    runpy.run_path(sys.argv.pop(1), run_name="__main__")
finally:
    print(json.dumps(compiled), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("module", "options", "work"),
    [
        (
            "ocr_model_facts",
            {"path": MODELS, "engine": "skip", "checksum": "sha256"},
            {"_result/facts.py", "_models/checksums.py"},
        ),
        (
            "ocr_model_prune",
            {"path": MODELS, "engine": "skip", "stale_prefixes": "old_", "backup_dir": BACKUPS},
            {"_prune/run.py", "_backup/writer.py"},
        ),
        ("ocr_model_restore", {"path": MODELS, "backup_dir": BACKUPS}, {"_backup/run.py", "_backup/restoration.py"}),
    ],
)
def test_a_host_compiles_each_file_of_a_module_once(
    fleet: Fleet, host: Host, module: str, options: dict[str, str], work: set[str]
) -> None:
    host.put_models({"fr.bin": b"new"})
    play = {
        "hosts": host.name,
        "gather_facts": False,
        "tasks": [{f"ocrfleet.aspose.{module}": options}],
    }
    variables = {"ansible_user": "root", "ansible_remote_tmp": KEPT}
    run = fleet.playbook(
        [play], variables=variables, environment={"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_PIPELINING": "0"}
    )
    assert run.returncode == 0, run.output
    (sent,) = (host.root / KEPT[1:]).rglob(f"AnsiballZ_{module}.py")

    host.put_models({"old_fr.bin": b"old"})
    again = host.run("/usr/bin/python3", "-c", COUNT_COMPILATIONS, f"/{sent.relative_to(host.root)}", check=False)
    compiled = json.loads(again.stderr.splitlines()[-1])
    assert work <= compiled.keys(), again.stdout
    # But for the package and the file that brings this about: Python finds them on its own.
    assert {name for name, count in compiled.items() if count != 1} == {"__init__.py", "_startup.py"}
