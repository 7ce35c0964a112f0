# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module on a host as Ansible sends it there, without Ansible's own time for each run.

The first run of a module is Ansible's, which leaves its file on the host; the others run that file with other options.
"""

from __future__ import annotations

import ast
import dataclasses
import itertools
import json
import re
import typing as t

from booted_hosts.hosts import MODELS, Host, Hosts

_OPTIONS = re.compile(r"^params=('.*'),$", re.MULTILINE)
_NUMBERS = itertools.count()


@dataclasses.dataclass(frozen=True)
class Payload:
    """The file of a module, and the options that Ansible itself hands over."""

    text: str
    common: dict[str, t.Any]

    def command(self, host: Host, *, check: bool = False, **options: t.Any) -> list[str]:
        """Put the module on a host, with these options, and return the command that runs it there."""
        arguments = {**self.common, "_ansible_check_mode": check, **options}
        params = json.dumps({"ANSIBLE_MODULE_ARGS": arguments})
        path = f"/run/payload-{next(_NUMBERS)}.py"
        text = _OPTIONS.sub(lambda _match: f"params={params!r},", self.text)
        (host.root / path[1:]).write_text(text, encoding="utf-8")
        return ["/usr/bin/python3", path]

    def run(self, host: Host, *, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        """Run the module as root, outside of all units and sessions, and return its result."""
        completed = host.run(*self.command(host, check=check, **options), check=False)
        result: dict[str, t.Any] = json.loads(completed.stdout)
        return result


def make_payload(hosts: Hosts, name: str, **options: t.Any) -> Payload:
    """Have Ansible run a module of the collection in check mode on the first host, and keep what it sent."""
    host = hosts.all[0]
    task = {f"ocrfleet.aspose.{name}": {"path": MODELS, **options}, "check_mode": True, "become": True}
    environment = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_PIPELINING": "0", "ANSIBLE_REMOTE_TMP": "/tmp/payload"}
    run = hosts.playbook([{"hosts": host.name, "gather_facts": False, "tasks": [task]}], environment=environment)
    assert run.returncode == 0, run.output
    (sent,) = (host.root / "tmp/payload").rglob(f"AnsiballZ_{name}.py")
    text = sent.read_text(encoding="utf-8")
    match = _OPTIONS.search(text)
    assert match is not None, "Ansible's way to hand over options has changed"
    common = json.loads(ast.literal_eval(match.group(1)))["ANSIBLE_MODULE_ARGS"]
    # The folder of that task is gone, and nothing is to be left of the others.
    common.update(_ansible_keep_remote_files=False, _ansible_tmpdir=None, _ansible_remote_tmp="/tmp")
    host.run("rm", "-r", "/tmp/payload")
    return Payload(text, common)
