# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Call the collection as its modules do, and look at what is on the disk."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
import typing as t
from pathlib import Path

from namespaces import mount

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import run as restore_run
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import Account, user
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.report import Report
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils import calls

# Content, mode, owner, group and time (ns) of a file, target and owner of a link, mode and owner of a folder.
Snapshot = t.Dict[str, t.Tuple[t.Any, ...]]

_MODULES = "ansible_collections.ocrfleet.aspose.plugins.modules"

facts = calls.facts
names = calls.names


class RunAs:
    """Whose identity the calls below take on: None for root itself. See the fixture ``run_as``."""

    account: Account | None = None

    @classmethod
    def owner(cls) -> int:
        """Return who owns what a test makes, unless it says otherwise: whoever runs."""
        return cls.account.user_id if cls.account is not None else 0


def prune(path: Path, **options: t.Any) -> Report:
    """Prune; once, not first in check mode: much of what is tried here happens during the run."""
    with user(RunAs.account):
        return t.cast("Report", calls.prune_once(path, **options))


def restore(
    path: Path,
    backup_dir: Path,
    *,
    backup: str | None = None,
    names: t.Sequence[str] = (),
    force: bool = False,
    check_mode: bool = False,
) -> Report:
    """Restore a backup set; the options are those of the module."""
    options = restore_run.RestoreOptions(
        (("path", str(path)),), str(backup_dir), (backup,) if backup is not None else (), tuple(names), force
    )
    with user(RunAs.account):
        return restore_run.restore(options, check_mode=check_mode)


def module_environment() -> dict[str, str]:
    """Return the environment of a module that runs from the tree; as from Ansible's zip file, Python writes nothing."""
    own = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
    return {**os.environ, **own}


def run_module(name: str, *, through: t.Sequence[str] = (sys.executable, "-m"), **arguments: t.Any) -> dict[str, t.Any]:
    """Run a module as a process of its own, by a command that takes its full name, and return its result."""
    completed = subprocess.run(
        [*through, f"{_MODULES}.{name}"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env=module_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.stdout, completed.stderr
    return t.cast("dict[str, t.Any]", json.loads(completed.stdout))


def reasons(models: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, str]:
    """Return name and reason, or error, of a list of a result."""
    return {model["name"]: model["reason"] if "reason" in model else model["error"] for model in models}


def make_file(
    path: Path, content: str | bytes = "", *, owner: int | None = None, mode: int = 0o644, modified: float = 0
) -> Path:
    """Write a file, by default with its own path as content, and the folders above it; ``modified`` is in seconds."""
    _make_folders(path.parent)
    owner = RunAs.owner() if owner is None else owner
    path.write_bytes(
        content if isinstance(content, bytes) else (content or str(path)).encode("utf-8", "surrogateescape")
    )
    os.chown(path, owner, owner)
    path.chmod(mode)
    if modified:
        os.utime(path, ns=(int(modified * 10**9),) * 2)
    return path


def make_link(path: Path, target: str | Path) -> Path:
    """Make a symbolic link, and the folders above it."""
    _make_folders(path.parent)
    path.symlink_to(target)
    os.chown(path, RunAs.owner(), RunAs.owner(), follow_symlinks=False)
    return path


def make_folder(path: Path, *, owner: int | None = None, mode: int = 0o755) -> Path:
    """Make a folder and those above it."""
    _make_folders(path)
    owner = RunAs.owner() if owner is None else owner
    os.chown(path, owner, owner)
    path.chmod(mode)
    return path


def _make_folders(path: Path) -> None:
    if not path.exists():
        _make_folders(path.parent)
        path.mkdir()
        os.chown(path, RunAs.owner(), RunAs.owner())


def mount_for_run(where: Path, *, mode: str = "755") -> Path:
    """Mount an empty file system on a folder, which belongs to whoever runs."""
    mount("-t", "tmpfs", "-o", f"mode={mode},uid={RunAs.owner()},gid={RunAs.owner()}", "none", where)
    return where


def snapshot(folder: Path) -> Snapshot:
    """Return what is below ``folder``, of all kinds and hidden or not, by relative path."""
    found: Snapshot = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        owner = status.st_uid, status.st_gid
        entry: tuple[t.Any, ...] = (stat.S_IFMT(status.st_mode), *owner)
        if stat.S_ISREG(status.st_mode):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            entry = (digest, stat.S_IMODE(status.st_mode), *owner, status.st_mtime_ns)
        elif stat.S_ISLNK(status.st_mode):
            entry = (os.readlink(path), *owner, status.st_mtime_ns)
        elif stat.S_ISDIR(status.st_mode):
            entry = (stat.S_IMODE(status.st_mode), *owner)
        found[str(path.relative_to(folder))] = entry
    return found


def models_in_sets(backup_dir: Path) -> list[str]:
    """Return every file and link that lies as a model in some set of a backup directory."""
    return sorted(
        str(path.relative_to(backup_dir))
        for path in backup_dir.glob("*/models/**/*")
        if path.is_symlink() or not path.is_dir()
    )


def substitute(owner: object, name: str, replacement: object) -> None:
    """Replace an attribute of a module or class for the rest of the test, whose process ends with it."""
    setattr(owner, name, replacement)
