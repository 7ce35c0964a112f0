# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller of its own for each test: home, configuration, fact cache and inventory lie in the test's folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

SEED = """
- name: Leave facts as a facts module does
  hosts: all
  gather_facts: false
  tasks:
    - name: Report what the test says
      fixture_facts:
        source: "{{ facts_dir }}/{{ inventory_hostname }}.json"
      when: (facts_dir ~ '/' ~ inventory_hostname ~ '.json') is exists
"""

# A module, so that the facts take the way of all facts: as JSON, from a process that the controller does not trust.
FIXTURE_FACTS = """#!/usr/bin/python
import json
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule({"source": {"type": "path"}})
with open(module.params["source"]) as file:
    module.exit_json(ansible_facts=json.load(file))
"""


class Controller:
    """Runs Ansible's commands in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "ANSIBLE_COLLECTIONS_PATH": os.environ.get("ANSIBLE_COLLECTIONS_PATH") or os.environ["PYTHONPATH"],
            "ANSIBLE_CACHE_PLUGIN": "jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(home / "cache"),
            "ANSIBLE_INJECT_FACT_VARS": "false",
            "ANSIBLE_LIBRARY": str(home / "library"),
            "ANSIBLE_SSH_TIMEOUT": "5",
        }

    def run(self, *command: str, cwd: Path | None = None, expect: int = 0) -> str:
        """Run a command, and return what it wrote. Fails the test when its exit status is another."""
        done = subprocess.run(
            command,
            cwd=cwd or self.home,
            env=self.environment,
            text=True,
            capture_output=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout

    def inventory(self, hosts: dict[str, dict[str, t.Any]], name: str = "hosts.json") -> str:
        """Write an inventory of these hosts and their variables, and return its file."""
        usual = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        file = self.home / name
        file.write_text(json.dumps({"all": {"hosts": {host: {**usual, **own} for host, own in hosts.items()}}}))
        return str(file)

    def seed(self, facts: dict[str, t.Any], runs: dict[str, t.Any] | None = None) -> str:
        """Leave these facts, and what the last runs did, in the fact cache, and return the inventory of their hosts."""
        folder = self.home / "facts"
        folder.mkdir(exist_ok=True)
        (self.home / "library").mkdir(exist_ok=True)
        (self.home / "library" / "fixture_facts.py").write_text(FIXTURE_FACTS)
        (self.home / "seed.yml").write_text(SEED)
        for host, found in facts.items():
            if found is not None:
                run = {"ocr_models_run": runs[host]} if runs and host in runs else {}
                (folder / f"{host}.json").write_text(json.dumps({"ocr_models": found, **run}))
        inventory = self.inventory({host: {} for host in facts})
        self.run("ansible-playbook", "-i", inventory, "seed.yml", "-e", f"facts_dir={folder}")
        return inventory


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    """Return a controller that knows nothing yet."""
    return Controller(tmp_path)
