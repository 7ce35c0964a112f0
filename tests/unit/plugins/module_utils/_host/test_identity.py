# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking on a user's identity: who that is, in which order ids change, and that a failure ends the process.

The ids are those of a stand-in for the kernel, so that any user can run this; tests/safety takes on real ones.
"""

from __future__ import annotations

import os
import pwd
import typing as t

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import identity
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import (
    Account,
    account_of,
    environment_of,
    root,
    taken_on,
    user,
)

OCR = Account("ocr", 61001, 61001, (61001, 61003), "/srv/ocr", "/bin/sh")

Ids = t.Tuple[int, int, t.Tuple[int, ...]]

ROOT_IDS: Ids = (0, 0, (0, 4))
USER_IDS: Ids = (61001, 61001, (61001, 61003))


class Ended(BaseException):
    """The process would have ended."""


class Kernel:
    """Stands in for the kernel: the effective ids of a process that began as root."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.user_id, self.group_id, self.groups = ROOT_IDS
        self.refuses: str | None = None
        self.said = b""
        self.closed = False
        for name in ("setresuid", "setresgid", "setgroups"):
            monkeypatch.setattr(os, name, getattr(self, name))
        monkeypatch.setattr(os, "geteuid", lambda: self.user_id)
        monkeypatch.setattr(os, "getegid", lambda: self.group_id)
        monkeypatch.setattr(os, "getgroups", lambda: list(self.groups))
        monkeypatch.setattr(os, "write", self.write)
        monkeypatch.setattr(os, "_exit", self.exit)
        # Where the process would have ended, the test goes on.
        monkeypatch.setattr(identity, "_switches", [])

    @property
    def ids(self) -> Ids:
        return self.user_id, self.group_id, self.groups

    def setresuid(self, real: int, effective: int, saved: int) -> None:
        self._allow("setresuid", effective)
        assert (real, saved) == (-1, -1)
        self.user_id = effective

    def setresgid(self, real: int, effective: int, saved: int) -> None:
        self._allow("setresgid", 0 if self.user_id == 0 else -1)
        assert (real, saved) == (-1, -1)
        self.group_id = effective

    def setgroups(self, groups: t.Sequence[int]) -> None:
        self._allow("setgroups", 0 if self.user_id == 0 else -1)
        self.groups = tuple(groups)

    def write(self, descriptor: int, data: bytes) -> int:
        assert descriptor == 1
        self.said += data
        return len(data)

    def exit(self, status: int) -> None:
        assert status == 1
        self.refuses = None
        self.user_id, self.group_id, self.groups = ROOT_IDS
        self.closed = True
        raise Ended

    def _allow(self, call: str, wanted: int) -> None:
        assert not self.closed or wanted == 0
        if call == self.refuses or (self.user_id != 0 and wanted not in (0, self.user_id)):
            raise PermissionError(1, "Operation not permitted")


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    """A process that runs as root, as far as it can tell."""
    return Kernel(monkeypatch)


def test_the_user_is_taken_on_and_root_is_back_whatever_happens(kernel: Kernel) -> None:
    with pytest.raises(ZeroDivisionError), user(OCR):
        assert kernel.ids == USER_IDS
        assert taken_on() == OCR
        raise ZeroDivisionError
    assert kernel.ids == ROOT_IDS
    assert taken_on() is None


def test_root_is_for_a_moment_and_may_be_nested(kernel: Kernel) -> None:
    @root()
    def as_root() -> Ids:
        return kernel.ids

    with user(OCR):
        with pytest.raises(ZeroDivisionError), root():
            with root():
                assert kernel.ids == ROOT_IDS
            assert kernel.ids == ROOT_IDS
            raise ZeroDivisionError
        assert kernel.ids == USER_IDS
        assert as_root() == ROOT_IDS
        assert kernel.ids == USER_IDS
    assert kernel.ids == ROOT_IDS


@pytest.mark.parametrize("account", [None, OCR._replace(user_id=0)])
def test_where_there_is_nothing_to_take_on_nothing_changes(kernel: Kernel, account: Account | None) -> None:
    kernel.refuses = "setgroups"
    with user(account), root():
        assert kernel.ids == ROOT_IDS
        assert taken_on() is None


@pytest.mark.parametrize("call", ["setresuid", "setresgid", "setgroups"])
@pytest.mark.parametrize("when", ["taking the user on", "becoming root", "being the user again", "giving it back"])
def test_a_change_that_fails_ends_the_process(kernel: Kernel, call: str, when: str) -> None:
    reached = []
    with pytest.raises(Ended):
        if when == "taking the user on":
            kernel.refuses = call
        with user(OCR):
            reached.append("user")
            if when == "becoming root":
                kernel.refuses = call
            with root():
                reached.append("root")
                if when == "being the user again":
                    kernel.refuses = call
            reached.append("user again")
            if when == "giving it back":
                kernel.refuses = call
    expected = {"taking the user on": 0, "becoming root": 1, "being the user again": 2, "giving it back": 3}
    assert len(reached) == expected[when]
    assert b'"failed": true' in kernel.said
    assert b"could not be taken on ([Errno 1] Operation not permitted); the run was ended at once" in kernel.said


def test_an_account_is_named_by_name_or_number() -> None:
    entry = pwd.getpwuid(os.geteuid())
    by_name = account_of(entry.pw_name)
    assert by_name is not None
    assert by_name == account_of(str(os.geteuid()))
    assert by_name[:3] == (entry.pw_name, entry.pw_uid, entry.pw_gid)
    assert by_name.home == entry.pw_dir
    assert entry.pw_gid in by_name.groups
    assert account_of(None) is None


@pytest.mark.parametrize("name", ["no-such-user", "", "3999999999", "99999999999999999999", "-1", "a\0b", "\u0663"])
def test_an_unknown_user_is_refused(name: str) -> None:
    with pytest.raises(OcrModelError, match="user: there is no user"):
        account_of(name)


def test_another_user_takes_root(kernel: Kernel) -> None:
    kernel.user_id = 61001
    with pytest.raises(OcrModelError) as refused:
        account_of("root")
    assert str(refused.value) == (
        "user: uid 61001 cannot take on the identity of root; become root (become: true), or become root and leave "
        "user out"
    )


def has_home(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    """Let root have that home."""
    entry = pwd.struct_passwd(("root", "x", 0, 0, "", home, "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda _number: entry)


def test_the_environment_leads_to_the_user_and_nowhere_to_root(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    has_home(monkeypatch, "/root")
    given = {
        "HOME": "/root",
        "USER": "root",
        "LOGNAME": "root",
        "SHELL": "/bin/bash",
        "MAIL": "/var/mail/root",
        "PWD": "/root",
        "OLDPWD": "/root",
        "XDG_RUNTIME_DIR": "/run/user/0",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/0/bus",
        "SUDO_USER": "deploy",
        "SSH_AUTH_SOCK": "/tmp/agent",
        "XDG_CONFIG_HOME": "/root/.config",
        "TMPDIR": "/root",
        "XDG_DATA_HOME": "/srv/data",
        "XDG_CACHE_HOME": "/rooted",
        "LANG": "C.UTF-8",
        "OTHER": "/root/other",
    }
    assert environment_of(OCR, given) == {
        "HOME": "/srv/ocr",
        "USER": "ocr",
        "LOGNAME": "ocr",
        "SHELL": "/bin/sh",
        "MAIL": "/var/mail/ocr",
        "PWD": "/srv/ocr",
        "XDG_DATA_HOME": "/srv/data",
        "XDG_CACHE_HOME": "/rooted",
        "LANG": "C.UTF-8",
        "OTHER": "/root/other",
    }
    kernel.user_id = OCR.user_id
    assert environment_of(OCR, given) == given
    assert environment_of(None, given) == given


def test_a_root_without_a_home_of_its_own_takes_no_folder_away(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    has_home(monkeypatch, "/")
    assert environment_of(OCR, {"TMPDIR": "/tmp"})["TMPDIR"] == "/tmp"
