# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module in this process, and look at what it answers."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings as common_warnings

from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import temporary_area

RunModule = t.Callable[..., t.Dict[str, t.Any]]


@pytest.fixture
def models() -> t.Iterator[Path]:
    """A model directory in a folder of its own: one model, one stale, one incomplete."""
    with temporary_area() as area:
        path = area / "models"
        path.mkdir()
        for name in ("a.bin", "old_b.bin", "c.part"):
            (path / name).write_bytes(name.encode())
        yield path


@pytest.fixture
def run_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunModule:
    """Run a module's main() with these parameters and return its answer; check mode is ``_ansible_check_mode``."""

    def run(main: t.Callable[[], None], **parameters: t.Any) -> dict[str, t.Any]:
        arguments = json.dumps({"ANSIBLE_MODULE_ARGS": parameters}).encode("utf-8")
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", arguments)
        # Since ansible-core 2.19 the answer's form has a name.
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        # Warnings are those of a process, and a module is one; their type depends on the release.
        monkeypatch.setattr(common_warnings, "_global_warnings", type(common_warnings._global_warnings)())
        with pytest.raises(SystemExit) as ended:
            main()
        answer: dict[str, t.Any] = json.loads(capsys.readouterr().out)
        assert bool(ended.value.code) is answer.get("failed", False)
        return answer

    return run


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The warnings that modules hand on; where Ansible puts them depends on its release."""
    handed_on: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _self, text: handed_on.append(text))
    return handed_on
