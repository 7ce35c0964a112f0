# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the Debian packages that a test needs."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path


class CannotInstall(Exception):
    """Packages are missing, and this user or system cannot install them."""


def ensure(commands: Mapping[str, str]) -> None:
    """Install the package of each command that is missing; commands maps, for example, "sshd" to "openssh-server"."""
    _install_missing(commands, lambda command: shutil.which(command) is not None)


def ensure_files(files: Mapping[str, str]) -> None:
    """Install the package of each file that is missing; files maps its path to the package."""
    _install_missing(files, lambda path: Path(path).exists())


def ensure_python_modules(modules: Mapping[str, str]) -> None:
    """Install the package of each module that Debian's own Python lacks, for example "ensurepip": "python3-venv"."""
    _install_missing(modules, _is_python_module)


def _is_python_module(name: str) -> bool:
    try:
        return (
            subprocess.run(["/usr/bin/python3", "-c", f"import {name}"], capture_output=True, check=False).returncode
            == 0
        )
    except FileNotFoundError:
        return False


def _install_missing(packages: Mapping[str, str], is_there: Callable[[str], bool]) -> None:
    if all(map(is_there, packages)):
        return
    with only_user_of_apt():
        if missing := sorted({package for name, package in packages.items() if not is_there(name)}):
            install(missing)


@contextlib.contextmanager
def only_user_of_apt() -> Iterator[None]:
    """Wait for others: apt-get waits for no lock itself, and its lists are not there while it works."""
    with (Path(tempfile.gettempdir()) / f"ocrfleet-apt-{os.geteuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(packages: list[str]) -> None:
    """Install these packages with apt-get."""
    advice = f"install {' '.join(packages)} first"
    if shutil.which("apt-get") is None:
        raise CannotInstall(f"missing here, and this system has no apt-get: {advice}")
    if os.geteuid() != 0:
        raise CannotInstall(f"missing here, and only root can install them: sudo apt-get install {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    print(f"Installing {' '.join(packages)}", flush=True)
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        completed = subprocess.run(
            ["apt-get", "-qq", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if completed.returncode != 0:
            raise CannotInstall(f"apt-get {arguments[0]} failed: {advice}\n{completed.stdout}")
