# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service user as an account of the host, with a home, a second group, and an SDK of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from collection import make_file, make_folder
from namespaces import SERVICE, mount

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import Account
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils import fake_sdk

NAME = "ocr"
SECOND_GROUP = 61003

# Every user may run it, which is not so of the Python that runs the tests.
SYSTEM_PYTHON = "/usr/bin/python3"


def account(area: Path) -> Account:
    """Return what the user database has about the service user, see make_account."""
    return Account(NAME, SERVICE, SERVICE, (SERVICE, SECOND_GROUP), str(area / "home"), "/bin/sh")


def make_account(area: Path) -> Path:
    """Add the service user to the user database of this mount namespace; return its home, which is closed to others."""
    home = make_folder(area / "home", owner=SERVICE, mode=0o700)
    entries = {
        "passwd": f"{NAME}:x:{SERVICE}:{SERVICE}::{home}:/bin/sh\n",
        "group": f"{NAME}:x:{SERVICE}:\nocrdata:x:{SECOND_GROUP}:{NAME}\n",
    }
    upper, work = make_folder(area / "etc", owner=0), make_folder(area / "etc.work", owner=0)
    for name, entry in entries.items():
        make_file(upper / name, Path("/etc", name).read_text(encoding="utf-8") + entry, owner=0)
    # The whole folder: a mount on a file ends when anybody outside replaces that file. Not a copy of the folder: files
    # in it may go meanwhile, as other sessions install packages.
    mount("-t", "overlay", "-o", f"lowerdir=/etc,upperdir={upper},workdir={work}", "etc", "/etc")
    return home


def install_sdk(home: Path, **behaviour: str) -> str:
    """Install a fake SDK in a virtual environment of the service user, see fake_sdk.source; return its Python."""
    python = home / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(SYSTEM_PYTHON)
    make_file(home / "venv" / "pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\n")
    command = [SYSTEM_PYTHON, "-c", "import sys; print(*sys.version_info[:2], sep='.')"]
    version = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    site_packages = home / "venv" / "lib" / f"python{version}" / "site-packages"
    site_packages.mkdir(parents=True)
    fake_sdk.install(site_packages, ai=fake_sdk.source(**behaviour))
    subprocess.run(["chown", "-hR", f"{SERVICE}:{SERVICE}", str(home / "venv")], check=True)
    return str(python)
