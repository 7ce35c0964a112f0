# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Pythons of managed hosts that no release of Debian has: the files of Ubuntu's packages, unpacked."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import debian
from root_file_systems import CannotMake, debian_source, mmdebstrap

# Each suite with the Python that is taken from it.
SUITES = {"bionic": "3.7", "focal": "3.8", "jammy": "3.10", "noble": "3.12"}
# Of a later suite, the standard library has it no more.
WITH_DISTUTILS = ("bionic", "focal", "jammy")
# The Python of a suite is in its component main, but for one that is beside the usual one.
IN_UNIVERSE = ("bionic",)
# Its key is of 2012 and vouches for itself with SHA-1, which newer apts do not take. To pass off another key takes a
# second text of a given hash; nobody knows how to find one, only how to make two texts of one hash.
SIGNED_BY_AN_OLD_KEY = ("bionic",)
POLICY = '[hash_algorithms]\nsha1.second_preimage_resistance = "always"\n'
# Debian has Ubuntu's keys since this release.
SUITE_WITH_KEYS = "trixie"
KEYRING = "usr/share/keyrings/ubuntu-archive-keyring.gpg"


@contextlib.contextmanager
def unpacked(suite: str, folder: Path) -> Iterator[Path]:
    """A root folder with the Python of a suite and what it needs, which goes afterwards; CannotMake says why not.

    The packages are not set up, as nothing runs there. ``folder``: where there is room for 100 MB.
    """
    version = SUITES[suite]
    packages = [f"python{version}"]
    if suite in WITH_DISTUTILS:
        packages.append("python3-distutils")
    try:
        # Where Ubuntu's packages are, mmdebstrap knows itself, but not of all suites which are Ubuntu's.
        debian.ensure_files({"/usr/share/distro-info/ubuntu.csv": "distro-info-data"})
    except debian.CannotInstall as error:
        raise CannotMake(str(error)) from error
    components = "main,universe" if suite in IN_UNIVERSE else "main"
    keyring = _keyring(folder / "ubuntu-keyring.gpg")
    with tempfile.TemporaryDirectory(prefix=f"{suite}-", dir=folder) as scratch:
        root = Path(scratch) / "root"
        policy = Path(scratch) / "policy.config"
        policy.write_text(POLICY, encoding="ascii")
        settings = {"APT_SEQUOIA_CRYPTO_POLICY": str(policy)} if suite in SIGNED_BY_AN_OLD_KEY else {}
        options = (f"--components={components}", f"--keyring={keyring}")
        mmdebstrap("--variant=extract", suite, root, packages, *options, settings=settings)
        yield root


def _keyring(file: Path) -> Path:
    """The file with Ubuntu's keys, taken from a package of Debian, so that Debian's keys vouch for it."""
    with file.with_name(f"{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            with tempfile.TemporaryDirectory(prefix="keys-", dir=file.parent) as scratch:
                root = Path(scratch) / "root"
                source = debian_source(SUITE_WITH_KEYS)
                mmdebstrap("--variant=extract", SUITE_WITH_KEYS, root, ["ubuntu-archive-keyring"], source=source)
                draft = Path(scratch) / file.name
                shutil.copy2(root / KEYRING, draft)
                draft.rename(file)
    return file
