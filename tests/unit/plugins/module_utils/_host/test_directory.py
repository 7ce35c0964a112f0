# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which paths are accepted as a model directory, how links on the way are judged."""

from __future__ import annotations

import errno
import os
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import directory as host_directory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import open_directory
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    IS_ROOT,
    ORDINARY_USER,
    give_to_ordinary_user,
    make_file,
    make_link,
    opened,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import as_ordinary_user

# A folder of root that is no system directory, on every machine.
FOLDER_OF_ROOT = "/proc/sys"

SYSTEM_DIRECTORIES = [path for path in host_directory._SYSTEM_DIRECTORIES if os.path.isdir(path)]


def real_path(path: Path | str) -> str:
    """Return where a path leads."""
    with opened(path) as directory:
        return os.fsdecode(directory.real_path)


def refusal(path: Path | str) -> str:
    """Return why a path is refused."""
    with pytest.raises(OcrModelError) as caught:
        open_directory("path", str(path))
    return str(caught.value)


@pytest.mark.parametrize("path", ["models", "./models", "", "..", "~/models"])
def test_a_relative_path_is_refused(path: str) -> None:
    assert refusal(path) == f"path: {path} is relative; give an absolute path"


@pytest.mark.parametrize("below", ["", "/sub", "/sub/deep", "/"])
def test_a_file_is_refused(models: Path, below: str) -> None:
    path = f"{make_file(models / 'file')}{below}"
    assert refusal(path) == f"path: {path} is not a directory; name a folder"


@pytest.mark.parametrize("name", ["missing", "missing/deep", "dangling", "dangling/deep"])
def test_a_missing_directory_is_none(models: Path, name: str) -> None:
    make_link(models / "dangling", "nowhere")
    assert open_directory("path", str(models / name)) is None


def test_the_option_is_named() -> None:
    with pytest.raises(OcrModelError, match=r"^backup_dir: x is relative"):
        open_directory("backup_dir", "x")


@pytest.mark.parametrize("path", SYSTEM_DIRECTORIES)
def test_a_system_directory_is_refused(path: str) -> None:
    assert re.fullmatch(
        f"path: {path} is the system directory /.*; name a folder of the OCR application", refusal(path)
    )


@pytest.mark.parametrize("path", ["//", "/.", "/..", "/proc/..", "/etc/", "/proc/self/root"])
def test_a_system_directory_is_refused_however_it_is_written(path: str) -> None:
    assert "is the system directory" in refusal(path)


def test_a_link_to_a_system_directory_is_refused(area: Path) -> None:
    assert "is the system directory /etc;" in refusal(make_link(area / "link", "/etc"))


def test_a_path_is_cleaned_of_dots_and_slashes(models: Path) -> None:
    assert real_path(f"{models.parent}//./models/../models/") == str(models)


def test_an_odd_name_is_opened(models: Path) -> None:
    path = models / "caf\udce9 \n-x"
    path.mkdir()
    assert real_path(path) == str(path)


def test_a_folder_that_this_user_cannot_read_is_refused(models: Path) -> None:
    give_to_ordinary_user(models)
    models.chmod(0o300)
    reason = f"path: {models} cannot be read by uid {ORDINARY_USER} (Permission denied); run as root or as the user"
    with pytest.raises(OcrModelError, match=re.escape(reason)):
        as_ordinary_user(lambda: open_directory("path", str(models)))


def test_a_folder_that_this_user_cannot_reach_is_refused(models: Path) -> None:
    (models / "sub").mkdir()
    give_to_ordinary_user(models)
    models.chmod(0)
    reason = f"path: {models}/sub cannot be reached by uid {ORDINARY_USER}: Permission denied"
    with pytest.raises(OcrModelError, match=re.escape(reason)):
        as_ordinary_user(lambda: open_directory("path", str(models / "sub")))


@pytest.mark.parametrize("target", ["absolute", "relative", "chain", "dots"])
def test_own_links_are_followed(area: Path, models: Path, target: str) -> None:
    make_link(area / "other", "models")
    targets = {"absolute": str(models), "relative": "../models", "chain": "../other", "dots": "../x/../models"}
    (area / "x").mkdir()
    make_link(area / "sub" / "link", targets[target])
    (models / "deep").mkdir()
    assert real_path(area / "sub" / "link") == str(models)
    assert real_path(area / "sub" / "link" / "deep" / "..") == str(models)


def test_the_owner_of_a_link_may_follow_it_anywhere(area: Path) -> None:
    link = make_link(area / "link", FOLDER_OF_ROOT)
    give_to_ordinary_user(link)
    assert as_ordinary_user(lambda: real_path(link)) == FOLDER_OF_ROOT


def test_a_link_of_root_may_lead_anywhere(area: Path, models: Path) -> None:
    link = make_link(area / "link", str(models))
    give_to_ordinary_user(models)
    models.chmod(0o700)
    # Where this is not root, the link is one of this user's own.
    assert as_ordinary_user(lambda: real_path(link)) == str(models)
    assert real_path(link) == str(models)


@pytest.fixture
def strangers_link(area: Path, monkeypatch: pytest.MonkeyPatch) -> t.Callable[[str], Path]:
    """Make a link of another user: for root, one of the ordinary user; for others, their own after a change of user."""

    def make(target: str) -> Path:
        link = make_link(area / "link", target)
        if IS_ROOT:
            give_to_ordinary_user(link)
        else:
            monkeypatch.setattr("os.geteuid", lambda: ORDINARY_USER + 1)
        return link

    return make


def test_a_link_of_another_user_may_not_lead_to_what_is_not_its_own(strangers_link: t.Callable[[str], Path]) -> None:
    link = strangers_link(FOLDER_OF_ROOT)
    assert refusal(link) == (
        f"path: {link} is refused: its link link belongs to uid {ORDINARY_USER}, but leads to {FOLDER_OF_ROOT} of uid "
        "0; give the real path, or let root own it"
    )


def test_a_link_of_another_user_may_lead_to_its_own(models: Path, strangers_link: t.Callable[[str], Path]) -> None:
    give_to_ordinary_user(models)
    assert real_path(strangers_link("models")) == str(models)


def test_no_way_up_from_where_a_link_of_another_user_leads(
    models: Path, strangers_link: t.Callable[[str], Path]
) -> None:
    give_to_ordinary_user(models)
    (models / "sub").mkdir()
    link = strangers_link("models")
    assert "it goes up (..) from where a link of another user leads" in refusal(f"{link}/sub/..")


@pytest.mark.parametrize("links, followed", [(40, True), (41, False)])
def test_as_many_links_as_the_kernel_allows(area: Path, models: Path, links: int, followed: bool) -> None:
    path = models
    for number in range(links):
        path = make_link(area / f"link_{number}", path.name)
    if followed:
        assert real_path(path) == str(models)
    else:
        assert refusal(path).endswith(f"cannot be reached by uid {os.geteuid()}: {os.strerror(errno.ELOOP)}")


def test_a_loop_of_links_is_refused(area: Path) -> None:
    assert os.strerror(errno.ELOOP) in refusal(make_link(area / "loop", "loop"))


@pytest.mark.parametrize("location", [b"link", b"folder/link", b"link/sub"])
def test_no_link_below_the_model_directory_is_followed(models: Path, location: bytes) -> None:
    (models / "folder" / "sub").mkdir(parents=True)
    make_link(models / "link", "folder")
    make_link(models / "folder" / "link", "sub")
    with opened(models) as directory, pytest.raises(NotADirectoryError):
        directory.open_folder(location)


def test_a_folder_on_another_mount_is_not_opened(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (models / "sub").mkdir()
    with opened(models) as directory:
        monkeypatch.setattr(directory, "mount", directory.mount._replace(id=-1))
        with pytest.raises(OSError, match="lies on another mount"):
            directory.open_folder(b"sub")


def test_no_descriptor_is_left_open(area: Path, models: Path) -> None:
    give_to_ordinary_user(make_link(area / "link", "models"))
    before = os.listdir("/proc/self/fd")
    for path in (models, area / "link", area / "missing" / "x", Path("/etc"), make_file(area / "file") / "x"):
        try:
            directory = open_directory("path", str(path))
        except OcrModelError:
            continue
        if directory is not None:
            with directory, pytest.raises(FileNotFoundError):
                directory.open_folder(b"missing")
    assert os.listdir("/proc/self/fd") == before
