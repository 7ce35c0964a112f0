# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Pythons of this machine: which ones are real, and which runs which ansible-core."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from workspace import WORK

# Those that borrowed_pythons.py took, as this machine lacks them: each is BORROWED/3.13/bin/python3.13.
BORROWED = WORK / "pythons"

# From ansible-core's support matrix: the Pythons of a controller, in order of preference, and of the managed hosts.
CONTROLLER_PYTHONS = {
    "2.17": ("3.12", "3.11", "3.10"),
    "2.18": ("3.12", "3.11", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.13", "3.12", "3.14"),
    "2.22": ("3.13", "3.14"),
    "devel": ("3.14", "3.13"),
}
# Those of which there is only a release candidate, or less.
NOT_RELEASED = ("2.22", "devel")

# On Linux, the SDK has builds for these: up to its release 26.5.0, and after it.
OLD_SDK_PYTHONS = ("3.11", "3.10", "3.9")
SDK_PYTHONS = ("3.13", "3.12", *OLD_SDK_PYTHONS)

# The releases of the SDK that are tested, and the Pythons that each is tested with here, best first. The last without
# AsposeAI, the first with it, the last but one whose list_local() names every file, and whichever is the newest today.
SDK_RELEASES = {"too_old": "25.8.0", "oldest": "25.9.0", "middle": "26.7.0", "newest": ""}
RELEASE_PYTHONS = {
    "too_old": OLD_SDK_PYTHONS,
    "oldest": OLD_SDK_PYTHONS,
    "middle": ("3.12", *SDK_PYTHONS),
    "newest": SDK_PYTHONS,
}

# The Pythons of managed hosts that each ansible-core tests: `make test` runs 2.17, 2.19 and 2.21, so each of them once.
UNIT_TEST_PYTHONS = {
    "2.17": ("3.7",),
    "2.18": ("3.8", "3.13"),
    "2.19": ("3.8", "3.9", "3.10", "3.11"),
    "2.20": ("3.9", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
    "2.22": ("3.14",),
    "devel": ("3.14", "3.13"),
}


def search_path() -> str:
    """PATH with the Pythons that pyenv holds instead of its shims, which answer 127 for one that is not selected."""
    inherited = [
        entry for entry in os.environ.get("PATH", os.defpath).split(os.pathsep) if not entry.endswith("/shims")
    ]
    installed = [str(directory) for directory in sorted(_pyenv().glob("versions/3.*/bin"))]
    usual = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
    borrowed = [str(directory) for directory in sorted(BORROWED.glob("3.*/bin"))]
    own = [entry for entry in (*inherited, *installed, *usual) if entry not in borrowed]
    return os.pathsep.join(dict.fromkeys([*own, *borrowed]))


def _pyenv() -> Path:
    return Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))


@cache
def available(version: str) -> bool:
    """Whether a Python of this minor version, "3.12" for example, is on the search path and starts."""
    try:
        completed = subprocess.run(
            [f"python{version}", "-c", "import venv"],
            env={**os.environ, "PATH": search_path()},
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return completed.returncode == 0


def found(versions: Iterable[str]) -> list[str]:
    """Those of these Pythons that are here, in the same order, but the borrowed ones last."""
    return sorted(filter(available, versions), key=_is_borrowed)


def _is_borrowed(version: str) -> bool:
    return _lies_in(version, BORROWED)


def _is_of_pyenv(version: str) -> bool:
    return _lies_in(version, _pyenv())


def _lies_in(version: str, folder: Path) -> bool:
    return Path(path_of(version)).is_relative_to(folder)


def path_of(version: str) -> str:
    """The interpreter of this minor version on the search path, or its name alone where there is none."""
    return shutil.which(f"python{version}", path=search_path()) or f"python{version}"


def controller_python(core: str) -> str:
    """The Python that runs this ansible-core here; where there is none, the preferred one, which nox then misses.

    One of pyenv comes last: it is built without the compiler's profile, and takes a third more time than Debian's.
    """
    pythons = CONTROLLER_PYTHONS[core]
    return next(iter(sorted(found(pythons), key=_is_of_pyenv)), pythons[0])


def controller_interpreter(core: str) -> str:
    """That Python as nox has to be given it: for a version, nox takes the Python that it runs on itself, if it fits."""
    return path_of(controller_python(core))


def newest_core() -> str:
    """The newest released ansible-core that a Python here can run."""
    released = [core for core in CONTROLLER_PYTHONS if core not in NOT_RELEASED]
    runs_here = [core for core in released if available(controller_python(core))]
    return max(runs_here or released, key=lambda core: tuple(map(int, core.split("."))))
