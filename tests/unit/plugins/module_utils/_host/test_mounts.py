# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What mount a file lies on, as /proc tells."""

from __future__ import annotations

import errno
import io
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import mounts
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import (
    Mount,
    MountTables,
    mount_id,
    mount_of,
    mount_points_below,
    unescape_octal,
)

MOUNTINFO = rb"""22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw
23 22 0:21 / /proc rw shared:2 master:3 - proc proc rw
30 22 254:0 /data/models /srv/mod\040els rw - ext4 /dev/root rw
31 30 0:40 / /srv/mod\040els/remote\012line rw - nfs4 host:/export rw
32 22 0:41 / /srv/mod\040els.other rw - fuse.sshfs host: rw
33 22 0:42 / /mnt/tmp rw - tmpfs none rw
"""


@pytest.fixture
def mountinfo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let /proc show MOUNTINFO."""
    monkeypatch.setattr(mounts, "open", lambda *_arguments: io.BytesIO(MOUNTINFO), raising=False)


@pytest.fixture
def root_folder() -> t.Iterator[int]:
    """A descriptor of the file system's root."""
    descriptor = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


@pytest.mark.usefixtures("mountinfo")
def test_every_line_is_read() -> None:
    assert list(mounts._mounts()) == [
        Mount(22, os.makedev(254, 0), "ext4", b"/", b"/"),
        Mount(23, os.makedev(0, 21), "proc", b"/", b"/proc"),
        Mount(30, os.makedev(254, 0), "ext4", b"/data/models", b"/srv/mod els"),
        Mount(31, os.makedev(0, 40), "nfs4", b"/", b"/srv/mod els/remote\nline"),
        Mount(32, os.makedev(0, 41), "fuse.sshfs", b"/", b"/srv/mod els.other"),
        Mount(33, os.makedev(0, 42), "tmpfs", b"/", b"/mnt/tmp"),
    ]


@pytest.mark.usefixtures("mountinfo")
def test_mount_points_below_a_folder() -> None:
    assert mount_points_below(b"/srv/mod els") == {b"remote\nline"}
    assert mount_points_below(b"/srv") == {b"mod els", b"mod els/remote\nline", b"mod els.other"}
    assert mount_points_below(b"/mnt/tmp") == frozenset()
    assert b"proc" in mount_points_below(b"/")


@pytest.mark.usefixtures("mountinfo")
def test_file_systems_behind_which_others_stand_are_not_local() -> None:
    tables = MountTables()
    assert [tables.is_local(os.makedev(*device)) for device in ((254, 0), (0, 40), (0, 41), (0, 42), (9, 9))] == [
        True,
        False,
        False,
        True,
        False,
    ]


@pytest.mark.usefixtures("mountinfo")
def test_a_mount_is_found_by_its_number() -> None:
    mount = MountTables().of(31)
    assert mount is not None and mount.point == b"/srv/mod els/remote\nline"
    assert MountTables().of(99) is None


def test_the_root_of_a_mount_that_was_removed_has_no_mark() -> None:
    line = rb"40 22 254:0 /data/old\040model.bin//deleted /mnt/file rw - ext4 /dev/root rw"
    assert mounts._parsed(line) == Mount(40, os.makedev(254, 0), "ext4", b"/data/old model.bin", b"/mnt/file")


@pytest.mark.parametrize(
    "root, point, path, place",
    [
        (b"/", b"/", b"/srv/models", b"/srv/models"),
        (b"/", b"/srv", b"/srv/models", b"/models"),
        (b"/", b"/srv", b"/srv", b""),
        (b"/data", b"/srv", b"/srv/models", b"/data/models"),
        (b"/data", b"/", b"/srv", b"/data/srv"),
    ],
)
def test_the_place_within_the_file_system(root: bytes, point: bytes, path: bytes, place: bytes) -> None:
    assert Mount(1, 5, "ext4", root, point).within(path) == (5, place)


@pytest.mark.parametrize(
    "kind, granted, refused",
    [
        ("ext4", True, True),
        ("xfs", True, True),
        ("btrfs", True, True),
        ("tmpfs", True, True),
        ("overlay", False, True),
        ("nfs4", False, False),
        ("cifs", False, False),
        ("fuse.sshfs", False, False),
        ("fuse", False, False),
        ("9p", False, False),
        ("unknown", False, False),
    ],
)
def test_what_a_lease_proves(kind: str, granted: bool, refused: bool) -> None:
    mount = Mount(1, 5, kind, b"/", b"/")
    assert (mount.granted_lease_proves_disuse, mount.refused_lease_proves_use) == (granted, refused)


@pytest.mark.parametrize(
    "shown, path",
    [
        (rb"/a\040b", b"/a b"),
        (rb"/a\012b\011c", b"/a\nb\tc"),
        (rb"/a\134040", rb"/a\040"),
        (rb"/a\04", rb"/a\04"),
        (b"/caf\xe9", b"/caf\xe9"),
    ],
)
def test_escaped_paths(shown: bytes, path: bytes) -> None:
    assert unescape_octal(shown) == path


def test_the_mount_of_an_open_file() -> None:
    descriptor = os.open("/proc", os.O_RDONLY)
    try:
        mount = mount_of(descriptor)
        assert (mount.id, mount.type, mount.point) == (mount_id(descriptor), "proc", b"/proc")
        assert mount.device == os.fstat(descriptor).st_dev
    finally:
        os.close(descriptor)


@pytest.mark.usefixtures("mountinfo")
def test_a_mount_that_was_detached_proves_nothing(root_folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "mount_id", lambda _descriptor: 99)
    mount = mount_of(root_folder)
    assert (mount.id, mount.device, mount.type) == (99, os.stat("/").st_dev, "unknown")


def test_without_proc_there_is_an_error_with_the_cure(root_folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_proc(path: str, *_arguments: t.Any, **_options: t.Any) -> t.NoReturn:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)

    monkeypatch.setattr(mounts, "open", no_proc, raising=False)
    for look in (lambda: mount_id(root_folder), lambda: mount_points_below(b"/srv")):
        with pytest.raises(
            OSError, match=r"there is no /proc/self/\S+; mount /proc: mount -t proc proc /proc$"
        ) as caught:
            look()
        # With ENOENT a folder would count as gone.
        assert caught.value.errno == errno.EOPNOTSUPP


def test_an_ancient_kernel_is_an_error(root_folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "open", lambda *_a, **_o: io.BytesIO(b"pos:\t0\nflags:\t02\n"), raising=False)
    with pytest.raises(OSError, match=r"shows no mnt_id; this needs Linux 3\.15 or newer"):
        mount_id(root_folder)


def test_the_path_that_the_kernel_has(models: Path) -> None:
    descriptor = os.open(str(models), os.O_RDONLY)
    try:
        moved = models.parent / "caf\udce9"
        models.rename(moved)
        assert mounts.real_path_of(descriptor) == os.fsencode(moved)
    finally:
        os.close(descriptor)
