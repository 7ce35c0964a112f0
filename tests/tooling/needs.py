# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session needs of the machine: root, Debian packages. Without it, the session is left, but never unnoticed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from typing import NoReturn

import debian
import interpreters
import nox
import root_file_systems
import totals
import workspace


def cannot_run(session: nox.Session, reason: str) -> NoReturn:
    """Leave a session that this machine cannot run: loudly by hand, as a failure in continuous integration."""
    if os.environ.get("CI") == "true":
        session.error(f"cannot run here: {reason}")
    session.skip(f"CANNOT RUN HERE: {reason}")


def name_left_out(session: nox.Session, reasons: Mapping[str, str]) -> None:
    """Name and count what this machine cannot have of a session that runs; a failure in continuous integration."""
    if not reasons:
        return
    for name, reason in reasons.items():
        session.warn(f"LEFT OUT: {name}: {reason}")
    totals.write(workspace.RESULTS / session.name / "left_out.xml", session.name, {}, list(reasons))
    if os.environ.get("CI") == "true":
        session.error(f"cannot run here: {', '.join(reasons)}")


def the_sdk(session: nox.Session) -> None:
    """Leave a session that needs the SDK, when no Python here can have it."""
    if not interpreters.found(interpreters.SDK_PYTHONS):
        cannot_run(session, f"the SDK needs Python {' or '.join(interpreters.SDK_PYTHONS)}")


def as_root(session: nox.Session, why: str) -> None:
    """Leave a session that needs root, when this is not root."""
    if os.geteuid() != 0:
        cannot_run(session, f"only root can run it: {why}")


def namespaces(session: nox.Session) -> None:
    """Leave a session whose every test needs namespaces, when this machine has none."""
    attempt = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--net", "true"], capture_output=True, text=True, check=False
    )
    if attempt.returncode != 0:
        cannot_run(session, f"this machine does not let root make namespaces ({attempt.stderr.strip()})")


def debian_packages(session: nox.Session, commands: Mapping[str, str]) -> None:
    """Have the Debian package of each of these commands, or leave the session."""
    try:
        debian.ensure(commands)
    except debian.CannotInstall as error:
        cannot_run(session, str(error))


def debian_files(session: nox.Session, files: Mapping[str, str]) -> None:
    """Have the Debian package of each of these files, given by their paths, or leave the session."""
    try:
        debian.ensure_files(files)
    except debian.CannotInstall as error:
        cannot_run(session, str(error))


def debian_python_modules(session: nox.Session, modules: Mapping[str, str]) -> None:
    """Have the Debian package of each of these modules of the system's own Python, or leave the session."""
    try:
        debian.ensure_python_modules(modules)
    except debian.CannotInstall as error:
        cannot_run(session, str(error))


def debian_root_file_systems(session: nox.Session, suites: Iterable[str], extra_packages: Iterable[str] = ()) -> None:
    """Have the root file system of each of these suites of Debian, or leave the session."""
    try:
        root_file_systems.root_file_systems(suites, extra_packages)
    except root_file_systems.CannotMake as error:
        cannot_run(session, str(error))
