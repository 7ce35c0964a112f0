# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode and real run say the same of every place, tried on generated ones: closed, immutable, in the way."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import struct
import typing as t
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import run as restore_run
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.calls import prune_once
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    IS_ROOT,
    give_to_ordinary_user,
    listing,
    make_file,
    make_link,
    temporary_area,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import as_ordinary_user

pytestmark = pytest.mark.usefixtures("own_processes", "way")

MODELS = ["old_a", "old_b", "sub/old_c", "old_sub/deep/d"]
LINK = "old_link"

# What is done to a place: a mode, or the flag of chattr(1), which takes root.
CLOSED, UNREADABLE, IMMUTABLE, APPEND = "closed", "unreadable", 0x10, 0x20
MODES = {CLOSED: 0o555, UNREADABLE: 0o333}
_FS_IOC_GETFLAGS = 0x80006601 | struct.calcsize("l") << 16
_FS_IOC_SETFLAGS = 0x40006602 | struct.calcsize("l") << 16

# Where: folders and files, relative to the area; SET stands for the set, once there is one.
BEFORE_THE_PRUNE = ["", "backups", "models", "models/sub", "models/old_a", "models/sub/old_c"]
BEFORE_THE_RESTORE = [
    *("models", "models/sub", "models/old_a", "models/sub/old_c"),
    *("SET", "SET/models", "SET/models/sub", "SET/models/old_a", "SET/models/old_sub/deep/d"),
]


Obstacles = t.Dict[str, t.List[t.Any]]


def obstacles(places: list[str]) -> st.SearchStrategy[Obstacles]:
    """Generate what is done to which of these places: one thing, or two that the kernel answers differently."""
    kinds = [CLOSED, UNREADABLE, IMMUTABLE, APPEND] if IS_ROOT else [CLOSED, UNREADABLE]
    chosen = st.lists(st.sampled_from(kinds), min_size=1, max_size=2, unique=True)
    return st.dictionaries(st.sampled_from(places), chosen, max_size=2)


@contextlib.contextmanager
def few_descriptors(number: int | None) -> t.Iterator[None]:
    """Let the process open so few files at a time in a ``with`` block, if a number is given."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (number or soft, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def set_flag(path: Path, flag: int, *, on: bool) -> bool:
    """Do what chattr(1) does with a flag; return whether it could be done, and was not so before."""
    descriptor = os.open(str(path), os.O_RDONLY | os.O_NOFOLLOW)
    try:
        (before,) = struct.unpack("l", fcntl.ioctl(descriptor, _FS_IOC_GETFLAGS, b"\0" * struct.calcsize("l")))
        after = before | flag if on else before & ~flag
        fcntl.ioctl(descriptor, _FS_IOC_SETFLAGS, struct.pack("l", after))
        return bool(after != before)
    except OSError:
        # This kernel's tmpfs may know no flags.
        return False
    finally:
        os.close(descriptor)


class Places:
    """Places that are made hard to use, and back."""

    def __init__(self, area: Path) -> None:
        self._area = area
        self._undo: list[t.Callable[[], object]] = []

    def obstruct(self, chosen: Obstacles, made: str | None) -> None:
        """Do what was chosen, the deepest first, to those places that there are; ``made`` is the set."""
        for name in sorted(chosen, reverse=True):
            path = self._area / name.replace("SET", f"backups/{made}")
            if not path.exists() or path.is_symlink():
                continue
            # An immutable file takes no other mode.
            for kind in sorted(chosen[name], key=lambda kind: kind not in MODES):
                if kind in MODES:
                    mode = path.stat().st_mode & 0o7777
                    path.chmod(mode & MODES[kind])
                    self._undo.append(lambda path=path, mode=mode: path.chmod(mode))  # type: ignore[misc]
                elif set_flag(path, kind, on=True):
                    self._undo.append(lambda path=path, flag=kind: set_flag(path, flag, on=False))  # type: ignore[misc]

    def clear(self) -> None:
        """Undo all that, but for what a run moved away."""
        while self._undo:
            with contextlib.suppress(FileNotFoundError):
                self._undo.pop()()


def said_by(run: t.Callable[[], t.Any]) -> tuple[t.Any, ...]:
    """Return what a run says, without what may differ: the tense of its summary, facts, and the name of a new set."""
    try:
        result, failure, warnings = run()
    except OcrModelError as error:
        return (str(error),)
    return dict(result, msg=None, ocr_models=None, backup=result["backup"] is not None, backups=None), failure, warnings


def in_both_modes(area: Path, run: t.Callable[[bool], t.Any], *, as_root: bool) -> tuple[t.Any, ...]:
    """Run in check mode, which has to change nothing, and really, which has to say the same; return that."""
    call = (lambda function: function()) if as_root else as_ordinary_user
    before = listing(area)
    predicted = call(lambda: said_by(lambda: run(True)))
    assert listing(area) == before
    done = call(lambda: said_by(lambda: run(False)))
    assert predicted == done
    return t.cast("tuple[t.Any, ...]", done)


def make(area: Path, *, backups: str, as_root: bool) -> None:
    """Make models, and a backup directory of that kind, for this user."""
    for name in MODELS:
        make_file(area / "models" / name, os.fsencode(name))
    make_link(area / "models" / LINK, "nowhere")
    if backups != "new":
        (area / "backups").mkdir(mode=0o700)
    if backups == "inherits a group":
        (area / "backups").chmod(0o2700)
    if not as_root:
        give_to_ordinary_user(area, *area.rglob("*"))


@given(
    backups=st.sampled_from(["new", "there", "inherits a group"]),
    before_the_prune=obstacles(BEFORE_THE_PRUNE),
    before_the_restore=obstacles(BEFORE_THE_RESTORE),
    again=st.lists(st.sampled_from(MODELS), max_size=2, unique=True),
    force=st.booleans(),
    as_root=st.just(True) if not IS_ROOT else st.booleans(),
    descriptors=st.sampled_from([None, 64]),
)
@example(
    backups="new",
    before_the_prune={"models": [CLOSED], "models/old_a": [UNREADABLE]},
    before_the_restore={},
    again=[],
    force=False,
    as_root=not IS_ROOT,
    descriptors=None,
)
@settings(max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_check_mode_says_what_the_real_run_says(
    backups: str,
    before_the_prune: Obstacles,
    before_the_restore: Obstacles,
    again: list[str],
    force: bool,
    as_root: bool,
    descriptors: int | None,
) -> None:
    with temporary_area() as area, few_descriptors(descriptors):
        models, places = area / "models", Places(area)
        make(area, backups=backups, as_root=as_root)
        prune: dict[str, t.Any] = {"backup_dir": area / "backups", "backup_max_age": "0"}
        try:
            places.obstruct(before_the_prune, None)
            in_both_modes(area, lambda mode: prune_once(models, check_mode=mode, **prune), as_root=as_root)
            places.clear()
            made = sorted(path.name for path in (area / "backups").glob("*")) if (area / "backups").exists() else []
            if not made:
                return
            for name in again:
                if (models / name).parent.is_dir() and not (models / name).exists():
                    make_file(models / name, b"newer")
                    give_to_ordinary_user(models / name)
            places.obstruct(before_the_restore, made[0])
            options = restore_run.RestoreOptions((("path", str(models)),), str(area / "backups"), (), (), force)
            said = in_both_modes(area, lambda mode: restore_run.restore(options, check_mode=mode), as_root=as_root)
            hidden = [name for name in listing(models) if b".ocr_model_restore" in name]
            assert hidden == []
            if len(said) == 3:
                # Once more: what could be done is done, and nothing changes any more, whatever the places are like.
                repeated = in_both_modes(
                    area, lambda mode: restore_run.restore(options, check_mode=mode), as_root=as_root
                )
                assert repeated[0]["changed"] is False
        finally:
            places.clear()
