# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several model directories: each is opened once, and none within another."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import directories as host_directories
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directories import lock_order, open_directories
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import make_link

pytestmark = pytest.mark.usefixtures("own_processes")


def named(*paths: Path | str) -> list[tuple[str, str]]:
    """Return the paths as the option paths names them."""
    return [("paths", str(path)) for path in paths]


def test_directories_come_in_the_order_in_which_they_are_named(area: Path) -> None:
    (area / "b").mkdir()
    (area / "a").mkdir()
    with open_directories(named(area / "b", area / "missing", area / "a")) as (first, missing, second):
        assert first is not None and second is not None
        assert (first.path, missing, second.path) == (str(area / "b"), None, str(area / "a"))
        assert sorted([first, second], key=lock_order) == sorted([second, first], key=lock_order)


def test_all_are_closed_at_the_end(area: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    (area / "a").mkdir()
    (area / "b").mkdir()
    with open_directories(named(area / "a", area / "b")):
        assert len(os.listdir("/proc/self/fd")) == len(before) + 2
    with pytest.raises(OcrModelError), open_directories(named(area / "a", area / "a")):
        pass
    with pytest.raises(OcrModelError), open_directories(named(area / "a", "/etc")):
        pass
    assert set(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    "first, second, message",
    [
        ("a", "a", "paths: AREA/a is named twice; name it once"),
        ("a", "a/", "paths: AREA/a and AREA/a/ are the same directory; name it once"),
        ("a", "link", "paths: AREA/a and AREA/link are the same directory; name it once"),
        ("a", "a/sub", "paths: AREA/a/sub lies inside AREA/a; name the outer one alone"),
        ("a/sub", "a", "paths: AREA/a/sub lies inside AREA/a; name the outer one alone"),
        ("a/sub", "link", "paths: AREA/a/sub lies inside AREA/link; name the outer one alone"),
    ],
)
def test_a_directory_that_counts_twice_is_refused(area: Path, first: str, second: str, message: str) -> None:
    (area / "a" / "sub").mkdir(parents=True)
    make_link(area / "link", "a")
    with pytest.raises(OcrModelError) as raised, open_directories(named(f"{area}/{first}", f"{area}/{second}")):
        pass
    assert str(raised.value) == message.replace("AREA", str(area))


def test_a_directory_behind_a_bind_mount_counts_twice_too(area: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/sub", "b"):
        (area / name).mkdir(parents=True)
    real = host_directories.open_directory

    def mounted(option: str, path: str) -> t.Any:
        directory = real(option, path)
        assert isinstance(directory, ModelDirectory)
        if path.endswith("/b"):
            _device, place = directory.mount.within(os.fsencode(area / "a" / "sub"))
            directory.mount = directory.mount._replace(root=place, point=directory.real_path)
        return directory

    monkeypatch.setattr(host_directories, "open_directory", mounted)
    with pytest.raises(OcrModelError) as raised, open_directories(named(area / "a", area / "b")):
        pass
    assert str(raised.value) == f"paths: {area}/b lies inside {area}/a; name the outer one alone"


def test_neighbours_of_similar_names_are_apart(area: Path) -> None:
    for name in ("a", "ab"):
        (area / name).mkdir()
    with open_directories(named(area / "a", area / "ab")) as opened:
        assert None not in opened
