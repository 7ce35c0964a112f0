# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The root file systems are made once, whoever asks at the same time, and have their name only when they are whole.

In place of mmdebstrap runs a script that makes a folder slowly; all hosts of the other tests are made by the real one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from booted_hosts.hosts import wait_for
from root_file_systems import FOLDER_VARIABLE, CannotMake, root_file_system

TOOLING = Path(__file__).resolve().parents[1] / "tooling"
# Arguments: options, SUITE FOLDER SOURCE. What it was asked for is in the file `calls`.
MMDEBSTRAP = """#!/bin/sh
echo "$@" >>"$CALLS"
for argument; do folder=$last last=$argument; done
mkdir "$folder"
sleep "$SECONDS_TO_MAKE"
touch "$folder/whole" && echo made >>"$CALLS"
"""


@pytest.fixture
def ask(possible: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., subprocess.Popen[str]]:
    """Starts a process that asks for a root file system below tmp_path/roots and prints its folder."""
    script = tmp_path / "bin/mmdebstrap"
    script.parent.mkdir()
    script.write_text(MMDEBSTRAP, encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "roots"))

    def start(*packages: str, suite: str = "trixie", seconds: float = 0) -> subprocess.Popen[str]:
        program = f"import root_file_systems as r; print(r.root_file_system({suite!r}, {packages!r}))"
        environment = {**os.environ, "SECONDS_TO_MAKE": str(seconds)}
        return subprocess.Popen(
            [sys.executable, "-c", program], cwd=TOOLING, env=environment, stdout=subprocess.PIPE, text=True
        )

    return start


def folder_of(process: subprocess.Popen[str]) -> Path:
    """The folder that the process printed last."""
    output, _errors = process.communicate(timeout=60)
    assert process.returncode == 0
    return Path(output.splitlines()[-1])


def calls_in(folder: Path) -> list[str]:
    """The arguments of each call of mmdebstrap."""
    return [line for line in (folder / "calls").read_text(encoding="utf-8").splitlines() if line != "made"]


def test_who_asks_at_the_same_time_gets_the_same_one_whole(ask: t.Callable[..., t.Any], tmp_path: Path) -> None:
    processes = [ask(seconds=1) for _number in range(3)]
    folders = {folder_of(process) for process in processes}
    assert len(folders) == 1
    assert [path.name for path in folders.pop().iterdir()] == ["whole"]
    assert len(calls_in(tmp_path)) == 1


def test_it_is_made_anew_for_other_packages_or_another_suite_alone(ask: t.Callable[..., t.Any], tmp_path: Path) -> None:
    asked = [folder_of(ask(*packages)) for packages in ((), ("make", "git"), ("git", "make"), ("sudo",), ("git",))]
    assert [asked.index(folder) for folder in asked] == [0, 1, 1, 0, 4]
    assert folder_of(ask(suite="forky")).name.startswith("forky-")
    calls = calls_in(tmp_path)
    assert len(calls) == 4
    assert "git,libpam-systemd,make," in calls[1]


@pytest.mark.parametrize("killed", ["asker", "mmdebstrap"])
def test_one_that_was_not_finished_is_never_used(ask: t.Callable[..., t.Any], tmp_path: Path, killed: str) -> None:
    """Where the asker alone dies, mmdebstrap goes on for a while; nobody takes its folder, or removes it under it."""
    first = ask(seconds=3)
    wait_for(lambda: list((tmp_path / "roots").glob("*.unfinished")) != [], "mmdebstrap did not begin")
    if killed == "asker":
        os.kill(first.pid, signal.SIGKILL)
    else:
        subprocess.run(["pkill", "-KILL", "-f", str(tmp_path / "bin/mmdebstrap")], check=True)
    first.wait()
    assert first.returncode != 0
    folder = folder_of(ask())
    assert [path.name for path in folder.iterdir()] == ["whole"]
    assert list((tmp_path / "roots").glob("*.unfinished")) == []
    lines = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    order = [line if line == "made" else "call" for line in lines]
    assert order == (["call", "made"] * 2 if killed == "asker" else ["call", "call", "made"])


def test_what_cannot_be_made_is_said(possible: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotMake, match="no such suite: nosuch; known are bullseye, bookworm"):
        root_file_system("nosuch")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(CannotMake, match="only root"):
        root_file_system("trixie", ["a-package-that-nobody-asked-for-before"])
