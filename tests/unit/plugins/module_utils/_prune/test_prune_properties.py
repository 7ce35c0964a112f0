# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds of every prune, tried on generated directories with generated options."""

from __future__ import annotations

import contextlib
import os
import re
import typing as t
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.rules import parse_rules
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import free_space
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.calls import (
    comparable,
    facts,
    names,
    prune,
    restore,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    DAY,
    Listing,
    listing,
    make_file,
    temporary_area,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import MAPPED, OPEN, holding

pytestmark = pytest.mark.usefixtures("own_processes")

# Kinds of what is made.
FILE, LINK, HARD_LINK, FOLDER = "file", "link", "hard link", "folder"


class Made(t.NamedTuple):
    """Something that is made in a model directory, if its name is not taken by then."""

    name: str
    kind: str
    size: int
    age: int
    held: bool


VERSION_PATTERN = "(?P<version>[0-9]+(-rc)?)"
PIECES = ["old_", "bak_", "a", "b", ".", " ", "\n", "\udcff", "-", "*", ".part", "\u00fc"]

COMPONENTS = (
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join).filter(lambda name: name not in (".", ".."))
)

# Families of few names, so that there are several of each.
VERSIONED = st.tuples(
    st.sampled_from(["a", "b", "old_c"]), st.sampled_from(["1", "9", "10", "10-rc"]), st.sampled_from(["", ".part"])
).map("".join)

# The ages are far from all limits: nothing crosses one while the test runs.
MADE = st.builds(
    Made,
    name=st.one_of(VERSIONED, st.lists(COMPONENTS, min_size=1, max_size=3).map("/".join)),
    kind=st.sampled_from([FILE, FILE, FILE, LINK, HARD_LINK, FOLDER]),
    size=st.sampled_from([0, 1, 5000, 9000]),
    age=st.sampled_from([-9 * DAY, 0, 3 * DAY, 90 * DAY]),
    held=st.sampled_from([False, False, False, True]),
)

OPTIONS = st.fixed_dictionaries(
    {
        "stale_prefixes": st.sampled_from([["old_"], ["bak_", "old_"], ["-", "\u00fc"]]),
        "version_pattern": st.sampled_from([None, VERSION_PATTERN]),
        "keep_newest": st.sampled_from([None, 1, 2]),
        "required": st.lists(VERSIONED.map(lambda name: {"name": name}), max_size=2, unique_by=str),
        "checksum": st.sampled_from(["none", "required"]),
        "keep": st.lists(st.sampled_from(["*a*", "old_*", "*.part", "*\n*", "[*]*", "x"]), max_size=1),
        "min_age": st.sampled_from([None, None, "1d", "30d", "0"]),
        "incomplete": st.booleans(),
        "max_prune": st.sampled_from([None, None, "0", "1", "50%", "100%"]),
        "in_use": st.sampled_from(["skip", "skip", "ignore", "fail"]),
        "min_free": st.sampled_from([None, None, None, "1%"]),
    }
)


def make(models: Path, made: t.Sequence[Made]) -> list[Path]:
    """Make a model directory; return the files that somebody shall have."""
    models.mkdir()
    files: list[Path] = []
    held = []
    for item in made:
        path = models / item.name
        with contextlib.suppress(FileExistsError, NotADirectoryError):
            path.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(str(path)):
                continue
            if item.kind == FOLDER:
                path.mkdir()
            elif item.kind == LINK:
                path.symlink_to(files[-1] if files else "nowhere")
            elif item.kind == HARD_LINK and files:
                os.link(str(files[-1]), str(path))
            else:
                files.append(make_file(path, b"x" * item.size, age=item.age))
                # Nothing can be mapped of an empty file.
                if item.held and item.size:
                    held.append(path)
    return held


def is_folder(entry: tuple[t.Any, ...]) -> bool:
    """Whether an entry of a listing is a folder's."""
    return bool(entry[0].startswith("d"))


def is_stale(location: bytes, prefixes: tuple[bytes, ...]) -> bool:
    """Whether the name of a folder, or of one above it, begins with a prefix."""
    return any(part.startswith(prefixes) for part in location.split(b"/"))


def check_what_is_gone(
    before: Listing, after: Listing, pruned: t.Sequence[str], stale_prefixes: t.Sequence[str]
) -> None:
    """Fail unless just the pruned models are gone, and of the stale folders above them those that are empty now."""
    prefixes = tuple(map(os.fsencode, stale_prefixes))
    gone = {name: entry for name, entry in before.items() if name not in after}
    assert sorted(displayed(name) for name, entry in gone.items() if not is_folder(entry)) == sorted(pruned)
    models = [name for name, entry in gone.items() if not is_folder(entry)]
    for name, entry in gone.items():
        if is_folder(entry):
            assert is_stale(name, prefixes)
            assert any(model.startswith(name + b"/") for model in models)
    left = {name: entry for name, entry in before.items() if name in after}
    assert sorted(after) == sorted(left)
    for name, entry in left.items():
        if not is_folder(entry):
            assert after[name] == entry
        else:
            emptied = any(model.startswith(name + b"/") for model in models)
            assert not emptied or not is_stale(name, prefixes) or any(other.startswith(name + b"/") for other in after)


def families(entries: Listing) -> dict[tuple[str, str], int]:
    """Count the members of each family: whole regular files that no prefix makes stale."""
    counts: dict[tuple[str, str], int] = {}
    for location, entry in entries.items():
        name = os.fsdecode(location)
        match = re.search(VERSION_PATTERN, name)
        if match is not None and entry[0].startswith("-") and not name.endswith(".part"):
            family = (name[: match.start()], name[match.end() :])
            counts[family] = counts.get(family, 0) + 1
    return counts


def check_that_the_newest_stay(before: Listing, after: Listing, options: t.Mapping[str, t.Any]) -> None:
    """Fail where of a family fewer are left than ``keep_newest``, and fewer than there were."""
    prefixes = tuple(map(os.fsencode, options["stale_prefixes"]))
    hidden = re.compile(rb"(^|/)\.")
    there = {name: entry for name, entry in before.items() if not (is_stale(name, prefixes) or hidden.search(name))}
    left = families({name: entry for name, entry in there.items() if name in after})
    for family, count in families(there).items():
        assert left.get(family, 0) >= min(count, options["keep_newest"] or 1)


def check_that_no_more_went_than_needed(result: t.Mapping[str, t.Any], missing: int) -> None:
    """Fail where without the last model there would be enough, too."""
    sizes = [(model["modified"], model["name"], model["allocated_bytes"]) for model in result["pruned"]]
    assert result["freed_bytes"] == sum(size for _time, _name, size in sizes)
    assert result["min_free_missing_bytes"] == max(0, missing - result["freed_bytes"])
    # By the second alone the youngest is not known: then by whichever it may be.
    youngest = [size for time, _name, size in sizes if time == max(sizes)[0]]
    assert not sizes or result["freed_bytes"] - max(youngest) < missing


@given(
    made=st.lists(MADE, max_size=12),
    options=OPTIONS,
    backup=st.booleans(),
    how=st.sampled_from([OPEN, MAPPED]),
    missing=st.sampled_from([0, 1, 8192, 8193, 99999]),
)
@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_prune_does_what_it_predicted_and_no_more_and_can_be_undone(
    made: list[Made], options: dict[str, t.Any], backup: bool, how: str, missing: int
) -> None:
    with temporary_area() as area, contextlib.ExitStack() as stack:
        models = area / "models"
        held = make(models, made)
        if held:
            stack.enter_context(holding(how, *held))
        before = listing(models)
        options = dict(options, backup_dir=area / "backups" if backup and options["min_free"] is None else None)
        lacking = stack.enter_context(mock.patch.object(free_space, "lacking", return_value=missing))
        if options["version_pattern"] is None:
            options["keep_newest"] = None
        # In check mode first, which has to change nothing and to say the same.
        report = prune(models, **options)
        result = report.result
        after = listing(models)
        if report.failure is not None:
            assert (result["changed"], result["pruned"], after) == (False, [], before)
        assert result["failed_models"] == []
        assert result["changed"] is bool(result["pruned"])
        check_what_is_gone(before, after, names(result["pruned"]), options["stale_prefixes"])
        check_that_the_newest_stay(before, after, options)
        assert {required["name"] for required in options["required"]}.isdisjoint(names(result["pruned"]))
        found = facts(models, rules=parse_rules(options))
        assert comparable(result["ocr_models"]) == comparable(found)
        assert set(names(result["kept"])) <= set(names(found["models"]))

        if options["min_free"] is not None:
            check_that_no_more_went_than_needed(result, missing)
            lacking.return_value = result["min_free_missing_bytes"]
        again = prune(models, **options)
        assert (again.result["changed"], again.result["pruned"]) == (False, [])
        assert names(again.result["kept"]) == names(result["kept"])
        if options["min_free"] is None:
            assert (again.result["kept"], again.failure) == (result["kept"], report.failure)
        assert listing(models) == after

        if result["backup"] is not None:
            restored = restore(models, area / "backups").result
            assert names(restored["restored"]) == names(result["pruned"])
            assert listing(models, folders_exactly=False) == _without_folder_times(before)


def _without_folder_times(found: Listing) -> Listing:
    return {name: entry[:3] if is_folder(entry) else entry for name, entry in found.items()}


@given(one=st.lists(MADE, max_size=6), other=st.lists(MADE, max_size=6), options=OPTIONS, backup=st.booleans())
@settings(max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_directories_that_are_pruned_together_are_as_if_each_was_pruned_alone(
    one: list[Made], other: list[Made], options: dict[str, t.Any], backup: bool
) -> None:
    # What is about a run, or about its file system, is about all directories.
    options = {**options, "max_prune": None, "min_free": None}
    if options["version_pattern"] is None:
        options["keep_newest"] = None
    fates = []
    for together in (True, False):
        with temporary_area() as area:
            paths = [area / "one", area / "other"]
            for path, made in zip(paths, (one, other)):
                make(path, made)
            if backup:
                options["backup_dir"] = area / "backups"
            reports = [prune(paths, **options)] if together else [prune(path, **options) for path in paths]
            results = [report.result for report in reports]
            fate = {
                (os.path.basename(model["directory"]), model["name"], model["reason"], kind)
                for result in results
                for kind in ("pruned", "kept")
                for model in result[kind]
            }
            sets = [os.path.basename(made["directory"]) for result in results for made in result["backups"]]
            freed = sum(result["freed_bytes"] for result in results)
            left = [sorted(listing(path)) for path in paths]
            fates.append((fate, sets, freed, left, [sum(len(r[k]) for r in results) for k in ("pruned", "kept")]))
    assert fates[0] == fates[1]
