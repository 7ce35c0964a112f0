# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine as somebody installs it who has just cloned the collection: Debian, root, git, make, Python and pip.

    with fresh_machine("bookworm", collection) as machine:
        machine.command("make", "setup")

It is a root file system of its own, and a process tree of its own for each command; the kernel and the network are this
machine's. How this machine reaches package indexes and mirrors goes with it: the environment, the certificates, and the
settings of pip and npm with the folders that they name.
"""

from __future__ import annotations

import ast
import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import root_file_systems
from workspace import WORK

PACKAGES = ("ca-certificates", "git", "make", "python3", "python3-pip")
# Nobody but root may enter the folder above it.
CHECKOUT = "/root/ocrfleet.aspose"
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What has another meaning there, or would lead back to this machine's own environments.
NOT_TAKEN = ("ANSIBLE_", "CI", "PYENV_", "PYTHON", "VIRTUAL_ENV", "NOX_", "PWD", "OLDPWD", "TMPDIR", "XDG_")
# Files that say how networks are reached, and by which certificates.
TAKEN = ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs", "/usr/local/share/ca-certificates", "/etc/npmrc")

NOX = (".cache/nox/bin/nox", "--session")
A_UNIT_TEST = ("--", "tests/unit/plugins/module_utils/_result/test_facts.py")
UNITS = (*NOX, "units(2.21)", *A_UNIT_TEST)
# What is tried on each, after `make setup`: sessions that a fresh machine of this suite stopped before, or left out.
TRIED: dict[str, dict[str, tuple[str, ...]]] = {
    "bookworm": {"units": UNITS, "units on a Python of Ubuntu": (*NOX, "units(2.17)", *A_UNIT_TEST)},
    "trixie": {"integration": (*NOX, "integration(2.21)", "--", "ocr_model_facts")},
    "forky": {
        "units": UNITS,
        "hosts of this machine": (*NOX, "fleet", "--", "-k", "test_hosts_differ"),
        "examples without namespaces": (
            "setpriv",
            "--bounding-set",
            "-sys_admin",
            *NOX,
            "examples",
            "--",
            "-k",
            "test_guides",
        ),
    },
}
# The Pythons that these take there of those that the machine lacks. The first machine takes all.
PYTHONS = {"bookworm": "", "trixie": "3.11", "forky": "3.11 3.13"}
# Lines of a session that ends well without having run, or without a release of the SDK.
LEFT_OUT = "CANNOT RUN HERE|Session .* skipped|LEFT OUT: [a-z]"


@dataclass(frozen=True)
class FreshMachine:
    """root: its root folder, as this machine sees it; shared: folders that it has in common with this machine."""

    root: Path
    shared: tuple[Path, ...]

    def command(self, *command: str) -> list[str]:
        """The command line that runs a command there, in the checkout, as root."""
        own_namespaces = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
        # Values stay out of the command line, which is shown.
        unset = [f"--unset={name}" for name in sorted(os.environ) if name.startswith(NOT_TAKEN)]
        settings = {
            "HOME": "/root",
            "PATH": SEARCH_PATH,
            "TMPDIR": "/tmp",
            root_file_systems.FOLDER_VARIABLE: str(root_file_systems.ROOTS),
        }
        environment = ["env", *unset, *(f"{name}={value}" for name, value in settings.items())]
        enter = [str(Path(__file__).with_name("enter_fresh_machine.sh")), str(self.root), CHECKOUT]
        return [*own_namespaces, *environment, *enter, *map(str, self.shared), "--", *command]


@contextlib.contextmanager
def fresh_machine(suite: str, collection: Path) -> Iterator[FreshMachine]:
    """A fresh machine of this suite, with a copy of this folder as its checkout; CannotMake where it cannot be."""
    installed = root_file_systems.root_file_system(suite, PACKAGES, base=())
    root = WORK / "fresh" / suite
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    try:
        subprocess.run(["cp", "--archive", f"{installed}/.", str(root)], check=True)
        shutil.copytree(collection, root / CHECKOUT.lstrip("/"), symlinks=True)
        # Packages start no service: it would listen in this machine's network.
        policy = root / "usr" / "sbin" / "policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
        policy.chmod(0o755)
        for path in map(Path, TAKEN):
            _copy(path, root / str(path.parent).lstrip("/"))
        _copy(Path.home() / ".npmrc", root / "root")
        shared = {root_file_systems.ROOTS, *_settings_of_pip(root)}
        yield FreshMachine(root, tuple(sorted(shared)))
    finally:
        shutil.rmtree(root)


def _copy(path: Path, folder: Path) -> None:
    """Copy a file or folder of this machine into that folder, if it is there; links as what they lead to."""
    if path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # A link that is there already leads to this machine's own file: it is replaced, not followed.
        copy = ["cp", "--recursive", "--dereference", "--remove-destination", "--target-directory", str(folder)]
        subprocess.run([*copy, str(path)], check=True)


def _settings_of_pip(root: Path) -> set[Path]:
    """Give it this machine's settings of pip, and return the folders that they name."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    folders = set()
    lines = ["[global]"]
    for line in listed.splitlines():
        name, _equals, quoted = line.partition("=")
        words = str(ast.literal_eval(quoted)).split()
        if name.startswith("global."):  # what the environment says goes there as it is
            lines.append(f"{name.removeprefix('global.')} = {' '.join(words)}")
        for address in map(urlsplit, words):
            path = Path(address.path)
            if address.scheme not in ("", "file") or not path.is_absolute():
                continue
            if path.is_dir():
                # The pages of an index lead to files beside it.
                folders.add(path.parent if address.scheme else path)
            else:
                _copy(path, root / str(path.parent).lstrip("/"))
    (root / "etc" / "pip.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folders
