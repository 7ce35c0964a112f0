# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Write the files of a report on the controller: each as a whole or not at all, and only where it changes."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def put_file(path: Path, text: str, *, mode: int, dry_run: bool) -> bool:
    """Give a file this text and these permissions, and return whether that changes it; a dry run only says so.

    A file that is replaced keeps its owner and group where that is allowed. Raises OSError.
    """
    content = f"{text}\n".encode()
    before = _before(path)
    if before is None or not stat.S_ISREG(before.st_mode) or path.read_bytes() != content:
        if not dry_run:
            _replace(path, content, mode, before)
        return True
    if stat.S_IMODE(before.st_mode) == mode:
        return False
    if not dry_run:
        path.chmod(mode)
    return True


def read_until(path: Path, end: str | None = None) -> str:
    """Return the text of an earlier report up to and with the line ``end``; '' where there is none that can be read."""
    lines = []
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                lines.append(line)
                if line.rstrip("\n") == end:
                    break
    except OSError:
        return ""
    return "".join(lines)


def _before(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _replace(path: Path, content: bytes, mode: int, before: os.stat_result | None) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            if before is not None and (before.st_uid, before.st_gid) != (os.getuid(), os.getgid()):
                _keep_owner(file.fileno(), before)
            os.fchmod(file.fileno(), mode)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _keep_owner(descriptor: int, before: os.stat_result) -> None:
    try:
        os.fchown(descriptor, before.st_uid, before.st_gid)
    except PermissionError:
        # The report is the new owner's business then; its readers are told by the mode.
        return
