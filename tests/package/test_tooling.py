# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines that lack a Python: another one does, or what needs it is left out by name."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import borrowed_pythons
import interpreters
import prepare_sdk
import pytest


def run_prepare(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> dict[str, str]:
    """Prepare the SDK on a machine without any Python for it; return what was left out, and why."""
    monkeypatch.setattr(interpreters, "found", lambda versions: [])
    monkeypatch.setattr(sys, "argv", ["prepare_sdk.py", "--into", str(folder), *arguments])
    prepare_sdk.main()
    left_out: dict[str, str] = json.loads((folder / "integration_config.yml").read_text("utf-8"))["sdk_left_out"]
    return left_out


def test_releases_of_the_sdk_that_no_python_here_runs_are_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    left_out = run_prepare(monkeypatch, tmp_path)
    assert left_out["too_old"] == "it needs Python 3.11 or 3.10 or 3.9: install one of them"
    assert set(left_out) == {"without_sdk", "too_old", "oldest", "middle", "newest", "ocr_service"}


def test_hosts_get_each_release_from_its_environment_or_unpacked_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    unpacked: dict[str, str] = {}

    def run(*command: str) -> None:
        if "--target" in command:
            folder = Path(command[command.index("--target") + 1])
            folder.mkdir()
            unpacked[folder.name] = command[-1]

    monkeypatch.setattr(prepare_sdk, "run", run)
    monkeypatch.setattr(interpreters, "found", lambda versions: [])
    there = tmp_path / "newest" / "lib" / "python3.13" / "site-packages"
    there.mkdir(parents=True)
    python = tmp_path / "newest" / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    prepare_sdk.TestBed(tmp_path).packages()
    assert (tmp_path / "packages" / "newest").resolve() == there
    others = [name for name in interpreters.SDK_RELEASES if name != "newest"]
    assert unpacked == {f"{name}.part": prepare_sdk.requirement(name) for name in others}
    assert sorted(path.name for path in (tmp_path / "packages").iterdir()) == sorted(interpreters.SDK_RELEASES)


def test_a_release_that_was_asked_for_by_name_is_missed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        run_prepare(monkeypatch, tmp_path, "--only", "too_old")
    assert ended.value.code == prepare_sdk.NOT_HERE


def test_each_python_that_tests_need_can_be_had_where_a_machine_lacks_it() -> None:
    needed = [*interpreters.UNIT_TEST_PYTHONS.values(), interpreters.SDK_PYTHONS]
    assert {version for versions in needed for version in versions} <= set(borrowed_pythons.KNOWN)
    # Each core has a Python for its controller.
    assert all(set(pythons) & set(borrowed_pythons.KNOWN) for pythons in interpreters.CONTROLLER_PYTHONS.values())


def test_pythons_come_by_where_they_are_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for folder, version in (("own", "3.97"), ("pyenv/versions/3.98.1/bin", "3.98"), ("borrowed/3.99/bin", "3.99")):
        python = tmp_path / folder / f"python{version}"
        python.parent.mkdir(parents=True)
        python.symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path / "own"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(interpreters, "BORROWED", tmp_path / "borrowed")
    interpreters.available.cache_clear()
    assert interpreters.found(("3.99", "3.98", "3.96", "3.97")) == ["3.98", "3.97", "3.99"]
    for supported, chosen in {("3.99", "3.98"): "3.99", ("3.99", "3.98", "3.97"): "3.97", ("3.98",): "3.98"}.items():
        monkeypatch.setitem(interpreters.CONTROLLER_PYTHONS, "2.99", supported)
        assert interpreters.controller_python("2.99") == chosen
