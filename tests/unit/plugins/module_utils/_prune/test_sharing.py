# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What models give back that share something on the disk."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import extents
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.extents import CannotTell
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import scan
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.sharing import Sharing, look_at_sharing
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    make_files,
    make_link,
    sample_model,
)

RANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda pair: (pair[0], pair[0] + pair[1])))


@given(pieces=st.lists(RANGES, max_size=5), unknown=st.integers(0, 2))
def test_each_byte_that_is_shared_only_with_models_that_go_too_counts_once_at_most(
    pieces: list[list[tuple[int, int]]], unknown: int
) -> None:
    shared = [sample_model(f"old_{number}", allocated=1000) for number in range(len(pieces))]
    others = [sample_model(f"old_x{number}", allocated=7) for number in range(unknown)]
    sharing = Sharing({model.identity: tuple(ranges) for model, ranges in zip(shared, pieces)}, None)
    covered = [byte for ranges in pieces for start, end in ranges for byte in range(start, end)]
    among = {byte for byte in covered if covered.count(byte) > 1}
    own = sum(max(0, 1000 - sum(end - start for start, end in ranges)) for ranges in pieces)
    assert sharing.given_back(shared + others) == (own + len(among) + 7 * unknown, not among and not unknown)


def looked_at(directory: ModelDirectory, monkeypatch: pytest.MonkeyPatch, kind: str, answer: t.Any) -> t.Any:
    """Look at all models as on a file system of that kind; return what is known, by name, and how often was asked."""
    asked = []

    def ask(_descriptor: int) -> t.Any:
        asked.append(1)
        if answer is CannotTell:
            raise CannotTell
        return answer

    monkeypatch.setattr(extents, "shared_ranges", ask)
    directory.mount = directory.mount._replace(type=kind)
    models = scan(directory, ["old_"])
    sharing = look_at_sharing(directory, models)
    return {model.name: sharing.of(model) for model in models}, len(asked)


@pytest.mark.parametrize(
    ("kind", "answer", "known", "asked"),
    [
        ("ext4", None, (), 0),
        ("tmpfs", None, (), 0),
        ("overlay", (), None, 0),
        ("nfs4", (), None, 0),
        ("xfs", ((5, 7),), ((5, 7),), 3),
        ("btrfs", None, None, 3),
        ("zfs", CannotTell, None, 1),
    ],
)
def test_each_file_is_asked_once_where_that_tells_anything(
    kind: str,
    answer: t.Any,
    known: t.Any,
    asked: int,
    models: Path,
    directory: ModelDirectory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_files(models, "old_a", "old_b", "sub/old_c")
    make_link(models / "old_link", "nowhere")
    expected = {"old_a": known, "old_b": known, "sub/old_c": known, "old_link": ()}
    assert looked_at(directory, monkeypatch, kind, answer) == (expected, asked)


def test_of_what_is_another_file_now_nothing_is_known(
    models: Path, directory: ModelDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_files(models, "old_a", "sub/old_b", "zero/old_c")
    found = scan(directory, ["old_"])
    (models / "old_a").unlink()
    make_files(models, "old_a")
    (models / "sub").rename(models / "moved")
    monkeypatch.setattr(extents, "shared_ranges", lambda _descriptor: ())
    directory.mount = directory.mount._replace(type="xfs")
    sharing = look_at_sharing(directory, found)
    assert [sharing.of(model) for model in found] == [None, None, ()]
