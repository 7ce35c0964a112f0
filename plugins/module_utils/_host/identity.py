# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Take on the identity of the user of the OCR application, and give it back.

Only the effective ids change, and the kernel's ids for files follow them: no path can lead root astray where it is not
root who walks it. The real and saved ids stay root's, so that the user can neither signal nor trace this process, and
it can become root again for what only root may do. A process that is started keeps the identity of its user for good.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import signal
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

# Variables that lead to the session of whoever ran the module: its runtime folder, buses, agents.
_OF_THE_SESSION = ("XDG_RUNTIME_DIR", "OLDPWD")
_OF_THE_SESSION_PREFIXES = ("DBUS_", "SUDO_", "SSH_")
# Variables that name folders of its home, where they do.
_FOLDERS = "XDG_"
_TEMPORARY = "TMPDIR"


class Account(Record):
    """A user of this host, as its user database has it. ``groups`` are all its groups, ``group_id`` among them."""

    name: str
    user_id: int
    group_id: int
    groups: tuple[int, ...]
    home: str
    shell: str


class _Ids(Record):
    """What the kernel asks about whoever does something: effective user and group, supplementary groups."""

    user_id: int
    group_id: int
    groups: tuple[int, ...]


class _Switch(Record):
    """Between whom a process switches."""

    account: Account
    root: _Ids
    user: _Ids


# What is taken on now. It belongs to the process, as the ids do.
_switches: list[_Switch] = []


def account_of(name: str | None) -> Account | None:
    """Return the account that the option ``user`` names, by name or by number. None stays None.

    Raises OcrModelError for one that is unknown, and for another user than that of the process where it is not root.
    """
    if name is None:
        return None
    entry = _entry_of(name)
    if entry is None:
        raise OcrModelError(f"user: there is no user {name!r} on this host; name one that `getent passwd` shows")
    if os.geteuid() not in (0, entry.pw_uid):
        raise OcrModelError(
            f"user: uid {os.geteuid()} cannot take on the identity of {entry.pw_name}; become root (become: true), or "
            f"become {entry.pw_name} and leave user out"
        )
    groups = tuple(os.getgrouplist(entry.pw_name, entry.pw_gid))
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, groups, entry.pw_dir, entry.pw_shell)


def _entry_of(name: str) -> pwd.struct_passwd | None:
    with contextlib.suppress(KeyError, ValueError):
        return pwd.getpwnam(name)
    with contextlib.suppress(KeyError, ValueError, OverflowError):
        if name.isascii() and name.isdigit():
            return pwd.getpwuid(int(name))
    return None


@contextlib.contextmanager
def user(account: Account | None) -> t.Iterator[None]:
    """Be that user for the time of a ``with`` block; nothing changes for None, and where the process is that user.

    All that is imported, read from the module's file or started must be before, or within ``root``.
    """
    if account is None or account.user_id == os.geteuid():
        yield
        return
    before = _Ids(os.geteuid(), os.getegid(), tuple(os.getgroups()))
    switch = _Switch(account, before, _Ids(account.user_id, account.group_id, account.groups))
    _switches.append(switch)
    try:
        _become(switch.user)
        yield
    finally:
        _become(switch.root)
        _switches.pop()


@contextlib.contextmanager
def root() -> t.Iterator[None]:
    """Be root again for a moment, within ``user``: for what takes no path below a folder that the user can write.

    Elsewhere nothing changes. It decorates functions, too, but no generators.
    """
    if not _switches or os.geteuid() == 0:
        yield
        return
    switch = _switches[-1]
    try:
        _become(switch.root)
        yield
    finally:
        _become(switch.user)


def taken_on() -> Account | None:
    """Return whose identity this process has taken on, or None."""
    return _switches[-1].account if _switches else None


def way_in(owner: int) -> str:
    """Say what to do about a folder of uid ``owner`` that is closed to whoever this process is."""
    if owner == 0 and os.geteuid() != 0:
        return "root owns it: give it to that user, or run as root and leave user out"
    return "run as root or as the user of the OCR application"


def prepare_child(account: Account | None, folder: int | None = None) -> None:
    """Make a forked child that user for good, then go into the open ``folder``. Raises OSError.

    To be called between fork and exec. All three ids change: with one of root's left it could take root back.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    if account is not None:
        os.setgroups(account.groups)
        os.setresgid(account.group_id, account.group_id, account.group_id)
        os.setresuid(account.user_id, account.user_id, account.user_id)
    if folder is not None:
        os.fchdir(folder)


def environment_of(account: Account | None, environment: t.Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a process of that user: what the task gave it, but nothing of root's session or home.

    It stays as it is for None, and where the process is that user.
    """
    variables = dict(environment)
    if account is None or account.user_id == os.geteuid():
        return variables
    of_root = pwd.getpwuid(0).pw_dir.rstrip("/")
    for name, value in environment.items():
        leads_to_root = bool(of_root) and (value + "/").startswith(of_root + "/")
        if (
            name in _OF_THE_SESSION
            or name.startswith(_OF_THE_SESSION_PREFIXES)
            or ((name.startswith(_FOLDERS) or name == _TEMPORARY) and leads_to_root)
        ):
            del variables[name]
    variables.update(
        HOME=account.home,
        USER=account.name,
        LOGNAME=account.name,
        SHELL=account.shell,
        MAIL=f"/var/mail/{account.name}",
        PWD=account.home,
    )
    return variables


def _become(ids: _Ids) -> None:
    """Take on these ids, all of them. Where that fails the process ends: half changed, it could harm somebody."""
    try:
        if os.geteuid() != 0:
            # First, for the rest takes root.
            os.setresuid(-1, 0, -1)
        os.setgroups(ids.groups)
        os.setresgid(-1, ids.group_id, -1)
        if ids.user_id != 0:
            os.setresuid(-1, ids.user_id, -1)
    except BaseException as error:
        _end(f"The identity of uid {ids.user_id} could not be taken on ({error}); the run was ended at once")


def _end(message: str) -> t.NoReturn:
    """End the process as a failed module: no handler and no clean-up runs as the wrong user."""
    try:
        os.write(1, json.dumps({"failed": True, "msg": message}).encode("ascii") + b"\n")
    finally:
        os._exit(1)
