# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a model is in use: what the kernel's leases say, and what /proc adds."""

from __future__ import annotations

import errno
import os
import signal
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import OPEN_MODEL, ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lease import ignore_lease_breaks, take_write_lease
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models import usage as models_usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.holders import (
    DEVICE,
    Holder,
    Holders,
    PendingFile,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import scan
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import (
    ASSUMED_UNUSED,
    Stock,
    Usage,
    lease_verdict,
    look_at_usage,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    IS_ROOT,
    give_to_ordinary_user,
    make_file,
    make_files,
    make_link,
    sample_model,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import (
    MAPPED,
    OPEN,
    as_ordinary_user,
    holding,
)

pytestmark = pytest.mark.usefixtures("own_processes")

BOTH = pytest.mark.parametrize("how", [OPEN, MAPPED])


def in_use(directory: ModelDirectory, *, holders: bool = False) -> dict[str, bool | None]:
    """Return the use of every model by name."""
    models = scan(directory, ("old_",))
    usage = look_at_usage([Stock(directory, models)], holders=holders)
    return {model.name: usage.of(model) for model in models}


@pytest.fixture
def no_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the file system have no leases, like some network ones."""
    monkeypatch.setattr(models_usage, "take_write_lease", lambda _descriptor: None)


@BOTH
@pytest.mark.parametrize("holders", [True, False])
def test_a_model_that_is_open_or_only_mapped_is_in_use(
    models: Path, directory: ModelDirectory, how: str, holders: bool
) -> None:
    make_files(models, "old_free", "old_held", "sub/held", "sub/free")
    make_link(models / "old_link", "old_held")
    with holding(how, models / "old_held", models / "sub/held"):
        assert in_use(directory, holders=holders) == {
            "old_free": False,
            "old_held": True,
            "old_link": False,
            "sub/free": False,
            "sub/held": True,
        }
    assert set(in_use(directory).values()) == {False}


def test_all_names_of_a_file_are_in_use_together(models: Path, directory: ModelDirectory) -> None:
    path = make_file(models / "old_a")
    os.link(str(path), str(models / "b"))
    with holding(OPEN, path):
        assert in_use(directory) == {"b": True, "old_a": True}


def test_looking_leaves_no_lease(models: Path, directory: ModelDirectory) -> None:
    path = make_file(models / "old_model.bin")
    assert in_use(directory) == {"old_model.bin": False}
    os.close(os.open(str(path), os.O_RDWR | os.O_NONBLOCK))


@BOTH
@pytest.mark.usefixtures("no_leases")
def test_without_leases_proc_decides_and_where_it_cannot_nothing_is_known(
    models: Path, directory: ModelDirectory, how: str
) -> None:
    make_files(models, "old_free", "old_held")
    with holding(how, models / "old_held"):
        expected = {"old_free": False if IS_ROOT else None, "old_held": True}
        assert in_use(directory) == expected
        assert in_use(directory, holders=True) == expected


@pytest.mark.usefixtures("no_leases")
def test_without_leases_an_ordinary_user_cannot_know(models: Path, directory: ModelDirectory) -> None:
    make_files(models, "old_free")
    assert as_ordinary_user(lambda: in_use(directory)) == {"old_free": None}


def test_a_model_that_this_user_may_not_read_gets_no_lease(models: Path, directory: ModelDirectory) -> None:
    path = make_file(models / "old_model.bin")
    give_to_ordinary_user(path)
    path.chmod(0)
    assert as_ordinary_user(lambda: in_use(directory)) == {"old_model.bin": None}


def test_a_lease_that_another_process_holds_means_use(
    models: Path, directory: ModelDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_file(models / "old_model.bin")
    monkeypatch.setattr(models_usage, "take_write_lease", lambda _descriptor: False)
    assert in_use(directory) == {"old_model.bin": True}


@pytest.mark.parametrize(
    "file_system, free, verdict",
    [
        ("ext4", True, False),
        ("ext4", False, True),
        ("ext4", None, None),
        ("overlay", True, None),
        ("overlay", False, True),
        ("nfs4", True, None),
        ("nfs4", False, None),
        ("unknown", True, None),
    ],
)
def test_what_a_lease_says(
    directory: ModelDirectory, file_system: str, free: bool | None, verdict: bool | None
) -> None:
    directory.mount = directory.mount._replace(type=file_system)
    assert lease_verdict(directory, free) is verdict


def test_what_vanished_since_the_scan(models: Path, directory: ModelDirectory) -> None:
    make_files(models, "folder/old_a", "old_b", "old_c")
    found = scan(directory, ("old_",))
    (models / "folder").rename(models / "moved")
    (models / "old_b").unlink()
    make_file(models / "new").rename(models / "old_c")
    usage = look_at_usage([Stock(directory, found)], holders=False)
    unknown = False if IS_ROOT else None
    assert {model.name: usage.of(model) for model in found} == {
        "folder/old_a": unknown,
        "old_b": False,
        "old_c": unknown,
    }


def test_holders_are_given_only_when_asked_for(models: Path, directory: ModelDirectory) -> None:
    path = make_file(models / "old_model.bin")
    (model,) = scan(directory, ("old_",))
    with holding(OPEN, path) as process:
        assert look_at_usage([Stock(directory, [model])], holders=False).holders_of(model) == []
        usage = look_at_usage([Stock(directory, [model])], holders=True)
    assert [holder.label for holder in usage.holders_of(model)] == [process.label]


def test_a_link_has_no_holders_of_its_own() -> None:
    link = sample_model("old_link", mode=0o120777, link_target=b"en_model.bin")
    holder = Holder(5, "a", "ocr", None, frozenset([link.identity]), ())
    usage = Usage({link.identity: True}, Holders((holder,), complete=True))
    assert (usage.of(link), usage.holders_of(link)) == (False, [])


PENDING = Holder(5, "a", "ocr", None, frozenset(), (PendingFile((1, 2), b"/m", "old_c", 4096),))


@pytest.mark.parametrize(
    "holders, pending",
    [
        (None, None),
        (Holders((), complete=True), 0),
        (Holders((), complete=False), None),
        (Holders((), complete=True, deleted_known=False), None),
        (Holders((), complete=True, obscure=frozenset([b"/m"])), None),
        (Holders((), complete=True, obscure=frozenset([b"/n"])), 0),
        (Holders((PENDING,), complete=True, deleted_known=False), 4096),
        (Holders((PENDING,), complete=True), 4096),
        (Holders((PENDING,), complete=False), 4096),
    ],
)
def test_pending_bytes_are_0_only_where_every_process_was_seen(
    directory: ModelDirectory, holders: Holders | None, pending: int | None
) -> None:
    directory.real_path = b"/m"
    assert Usage({}, holders).pending_bytes(directory) == pending


def test_what_was_found_out_later_completes_a_usage() -> None:
    one, other = sample_model("old_a"), sample_model("old_b")
    holder = Holder(5, "a", "ocr", None, frozenset([other.identity]), ())
    first = ASSUMED_UNUSED
    assert (first.of(one), first.of(other), first.holders) == (False, False, None)
    found = Holders((holder,), False)
    completed = first.completed(Usage({other.identity: True}, found))
    assert (completed.of(one), completed.of(other)) == (False, True)
    assert completed.holders_of(other) == [holder]
    again = completed.completed(Usage({one.identity: None}, found))
    assert (again.of(one), again.of(other), again.holders_of(other)) == (None, True, [holder])


def test_devices_that_were_found_out_one_after_the_other_stay_two() -> None:
    one, other = sample_model("old_a", identity=(1, 1)), sample_model("old_b", identity=(1, 2))
    devices = [
        Holder(DEVICE, f"/dev/loop{number}", "root", None, frozenset([model.identity]), ())
        for number, model in enumerate((one, other))
    ]
    first, later = (Usage({}, Holders((device,), True)) for device in devices)
    completed = first.completed(later)
    assert [completed.holders_of(model) for model in (one, other)] == [[device] for device in devices]


@pytest.fixture
def default_sigio() -> t.Iterator[None]:
    """Let SIGIO kill this process, as it does by default, for the time of a test."""
    before = signal.signal(signal.SIGIO, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGIO, before)


@pytest.mark.usefixtures("default_sigio")
def test_a_lease_is_granted_for_a_free_file_and_refuses_others_until_it_ends(models: Path) -> None:
    path = str(make_file(models / "old_model.bin"))
    ignore_lease_breaks()
    descriptor = os.open(path, OPEN_MODEL)
    assert take_write_lease(descriptor) is True
    with pytest.raises(BlockingIOError):
        os.open(path, OPEN_MODEL)
    os.close(descriptor)
    second = os.open(path, OPEN_MODEL)
    third = os.open(path, OPEN_MODEL)
    assert take_write_lease(second) is False
    os.close(second)
    os.close(third)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EINVAL, errno.EOPNOTSUPP])
def test_where_there_are_no_leases_nothing_is_known(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_leases(*_arguments: int) -> t.NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.fcntl", no_leases)
    assert take_write_lease(0) is None


def test_a_pipe_has_no_leases() -> None:
    reader, writer = os.pipe()
    assert take_write_lease(reader) is None
    os.close(reader)
    os.close(writer)
