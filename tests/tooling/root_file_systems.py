# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root file systems of several Debian releases, made once by mmdebstrap and reused.

    folder = root_file_system("bookworm")
    folder = root_file_system("trixie", ["make", "git"])

Nobody may write into such a folder: sessions that run at the same time share it. Use it as the lower layer of an
overlay. Below `.cache/roots` there is one for each suite, list of packages and recipe; `make clean` removes them.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import debian
from workspace import WORK

# Each suite with the Python that it has.
SUITES = {"bullseye": "3.9", "bookworm": "3.11", "trixie": "3.13", "forky": "3.14"}
# Staged copies of the collection find the folder of the checkout through this environment variable.
FOLDER_VARIABLE = "OCRFLEET_TEST_ROOTS"
ROOTS = Path(os.environ.get(FOLDER_VARIABLE, WORK / "roots"))

# What a host needs that systemd boots, with logind, sshd and sudo, on which Ansible works.
PACKAGES = (
    *("systemd", "systemd-sysv", "libpam-systemd", "dbus", "openssh-server", "sudo", "passwd", "procps"),
    *("mount", "acl", "python3", "python3-venv"),
)
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# A new number has every root file system made anew.
RECIPE = 1
LEFT_OUT = ("/usr/share/man/*", "/usr/share/info/*", "/usr/share/doc/*", "/usr/share/locale/*")
# Settings of this machine's apt without which it may not reach its mirror, or not accept what the mirror has.
APT_SETTINGS = ("acquire::http", "acquire::retries", "acquire::check-valid-until", "acquire::check-date")


class CannotMake(Exception):
    """This machine cannot make root file systems; the text says why and what to do."""


def root_file_system(suite: str, extra_packages: Iterable[str] = (), base: Iterable[str] = PACKAGES) -> Path:
    """The root file system of a suite, with more packages than those of a base if wanted; made if it is not there.

    Where it has to be made, that needs root, up to a minute and 200 MB. CannotMake says what is missing.
    """
    if suite not in SUITES:
        raise CannotMake(f"no such suite: {suite}; known are {', '.join(SUITES)}")
    packages = sorted({*base, *extra_packages})
    recipe = json.dumps([RECIPE, suite, packages, LEFT_OUT])
    folder = ROOTS / f"{suite}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    if os.geteuid() != 0:
        raise CannotMake("only root can make a root file system (try sudo)")
    if shutil.which("apt-get") is None:
        raise CannotMake("only a Debian can make one: it comes from the mirror that apt knows")
    ROOTS.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _make(suite, packages, folder, lock.fileno())
    return folder


def root_file_systems(suites: Iterable[str], extra_packages: Iterable[str] = ()) -> dict[str, Path]:
    """The root file systems of several suites, those that are missing made at the same time; see root_file_system()."""
    wanted, packages = list(suites), list(extra_packages)
    with ThreadPoolExecutor() as pool:
        return dict(zip(wanted, pool.map(lambda suite: root_file_system(suite, packages), wanted), strict=True))


def _make(suite: str, packages: list[str], folder: Path, lock: int) -> None:
    """Make the folder, which gets its name when it is whole; mmdebstrap holds the lock, too, if this process dies."""
    print(f"Making the root file system {folder.name}", flush=True)
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)  # What is left of one that was killed.
    left_out = [f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT]
    try:
        mmdebstrap("--variant=apt", suite, unfinished, packages, *left_out, source=debian_source(suite), holding=[lock])
    except CannotMake:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    unfinished.rename(folder)


def mmdebstrap(
    variant: str,
    suite: str,
    folder: Path,
    packages: Iterable[str],
    *options: str,
    source: str | None = None,
    holding: Iterable[int] = (),
    settings: Mapping[str, str] | None = None,
) -> None:
    """Fill a folder with these packages of a suite. CannotMake says what went wrong.

    source: a line of sources.list, by default the usual ones of the suite's distribution; holding: descriptors that
    stay open in it; settings: what its environment has besides.
    """
    try:
        debian.ensure({"mmdebstrap": "mmdebstrap"})
    except debian.CannotInstall as error:
        raise CannotMake(str(error)) from error
    of_this_machine = [f"--aptopt={setting}" for setting in _apt_settings()]
    command = ["mmdebstrap", variant, f"--include={','.join(packages)}", *of_this_machine, *options]
    # The mounts and processes of a run that is killed end with these namespaces.
    own_namespaces = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
    completed = subprocess.run(
        [*own_namespaces, "--mount-proc", *command, suite, str(folder), *([source] if source is not None else [])],
        env={**os.environ, **(settings or {})},
        pass_fds=list(holding),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if completed.returncode != 0:
        raise CannotMake(f"mmdebstrap could not make {suite} with {packages}:\n{completed.stdout[-3000:]}")


def debian_source(suite: str) -> str:
    """The line of sources.list for a suite of Debian: the mirror that apt knows here, and Debian's keys."""
    try:
        debian.ensure_files({str(KEYRING): "debian-archive-keyring"})
    except debian.CannotInstall as error:
        raise CannotMake(str(error)) from error
    return f"deb [signed-by={KEYRING}] {_mirror()} {suite} main"


def _mirror() -> str:
    """The address of the Debian mirror that apt is set up with here."""
    with debian.only_user_of_apt():
        for is_updated in (False, True):
            if is_updated:
                subprocess.run(["apt-get", "-qq", "update"], capture_output=True, check=False)
            selected = ("Origin: Debian", "Label: Debian", "Component: main", "Identifier: Packages")
            command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", *selected]
            found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
            if found:
                return found[0]
    raise CannotMake("apt knows no Debian mirror here: add one with `main` to /etc/apt/sources.list.d")


def _apt_settings() -> list[str]:
    """The lines of APT_SETTINGS that are set on this machine, for apt.conf."""
    dumped = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    lines = [line for line in dumped.splitlines() if line.lower().startswith(APT_SETTINGS)]
    return [line for line in lines if not line.endswith(' "";')]


def main() -> None:
    """Print the folder of each suite that is named."""
    parser = argparse.ArgumentParser(description="Make the root file systems of these suites of Debian, and name them.")
    parser.add_argument("suites", nargs="*", default=list(SUITES), metavar="SUITE")
    for folder in root_file_systems(parser.parse_args().suites).values():
        print(folder)


if __name__ == "__main__":
    main()
