# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts: every key, its type, and what is counted how."""

from __future__ import annotations

import hashlib
import json
import os
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import Place
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.answer import SKIPPED, EngineAnswer
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.locate import Located
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models import rules
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models import usage as models_usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.rules import Rules
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result import facts as result_facts
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.totals import COUNTERS, totals
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import timestamp
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.calls import comparable, facts, names
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    IS_ROOT,
    give_to_ordinary_user,
    listing,
    make_file,
    make_files,
    make_link,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import (
    MAPPED,
    OPEN,
    as_ordinary_user,
    holding,
)

pytestmark = pytest.mark.usefixtures("own_processes")

NONE = type(None)

# A tuple lists the types that are possible, a dictionary the keys, a list with one item what all items look like.
SUMS = {
    "count": (int,),
    "bytes": (int,),
    "allocated_bytes": (int,),
    "stale_count": (int,),
    "stale_bytes": (int,),
    "incomplete_count": (int,),
    "incomplete_bytes": (int,),
    "in_use_count": (int, NONE),
    "pending_bytes": (int, NONE),
}
SCHEMA: dict[str, t.Any] = {
    "gathered_at": (str,),
    "directories": [
        {
            "path": (str,),
            "store": (str, NONE),
            "exists": (bool,),
            "gathered_at": (str,),
            "disk": {"total_bytes": (int, NONE), "available_bytes": (int, NONE)},
            **SUMS,
        }
    ],
    **SUMS,
    "required": [{"name": (str,), "state": (str,), "path": (str, NONE)}],
    "missing_count": (int,),
    "different_count": (int,),
    "models": [
        {
            "name": (str,),
            "directory": (str,),
            "path": (str,),
            "bytes": (int,),
            "allocated_bytes": (int,),
            "modified": (str,),
            "status": (str,),
            "stale_prefix": (str, NONE),
            "superseded_by": (str, NONE),
            "link_target": (str, NONE),
            "checksum": (str, NONE),
            "in_use": (bool, NONE),
            "holders": [(int,)],
            "engine_listed": (bool, NONE),
        }
    ],
    "holders": [
        {
            "directory": (str,),
            "pid": (int,),
            "command": (str,),
            "user": (str,),
            "unit": (str, NONE),
            "models": [(str,)],
            "pending": [{"name": (str,), "bytes": (int,)}],
        }
    ],
    "engine": {
        "state": (str,),
        "package": (str, NONE),
        "version": (str, NONE),
        "python": (str, NONE),
        "model_dir": (str, NONE),
        "listed": (int, NONE),
        "message": (str, NONE),
    },
}


def check_schema(value: t.Any, schema: t.Any, where: str = "facts") -> None:
    """Fail where ``value`` is not of the form that ``schema`` describes."""
    if isinstance(schema, dict):
        assert sorted(value) == sorted(schema), where
        for key, part in schema.items():
            check_schema(value[key], part, f"{where}.{key}")
    elif isinstance(schema, list):
        assert isinstance(value, list), where
        for item in value:
            check_schema(item, schema[0], where)
    else:
        assert type(value) in schema, where


def rich_directory(models: Path) -> None:
    """Make models of every kind."""
    make_files(models, "a.bin", "old_b.bin", "old_c/d.bin", "e.part", "caf\udce9 \n.bin")
    make_link(models / "old_link", "a.bin\udcff")
    os.link(str(models / "a.bin"), str(models / "old_twin.bin"))


def test_every_key_and_type_with_everything_there(models: Path) -> None:
    rich_directory(models)
    gone = make_file(models / "gone.bin")
    engine = EngineAnswer(
        "released", None, "aspose-ocr-python-net", "26.10.0", "/usr/bin/python3", str(models), (bytes(models) + b"/a",)
    )
    with holding(OPEN, models / "a.bin", gone):
        gone.unlink()
        found = facts(models, checksum="sha256", engine=engine)
    assert found["models"] and found["holders"] and found["holders"][0]["pending"]
    check_schema(found, SCHEMA)
    json.dumps(found).encode("ascii")


@pytest.mark.parametrize("name", ["missing", "."])
def test_every_key_and_type_with_nothing_there(models: Path, name: str) -> None:
    check_schema(facts(models / name), SCHEMA)


def test_a_missing_directory_is_a_fact(models: Path) -> None:
    found = facts(models / "missing", checksum="sha256")
    now = found.pop("gathered_at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", now)
    sums = dict.fromkeys(SUMS, 0)
    disk = {"total_bytes": None, "available_bytes": None}
    described = {"path": str(models / "missing"), "gathered_at": now}
    assert found == {
        "directories": [{**described, "store": None, "exists": False, "disk": disk, **sums}],
        **sums,
        "required": [],
        "missing_count": 0,
        "different_count": 0,
        "models": [],
        "holders": [],
        "engine": {
            "state": "skipped",
            "package": None,
            "version": None,
            "python": None,
            "model_dir": None,
            "listed": None,
            "message": None,
        },
    }


def test_sums_count_every_name_and_the_disk_each_file_once(models: Path) -> None:
    rich_directory(models)
    found = facts(models)
    sizes = {model["name"]: model["bytes"] for model in found["models"]}
    assert names(found["models"]) == sorted(sizes) == list(sizes)
    stale = ["old_b.bin", "old_c/d.bin", "old_link", "old_twin.bin"]
    assert [model["name"] for model in found["models"] if model["status"] == "stale"] == stale
    assert (found["count"], found["bytes"]) == (7, sum(sizes.values()))
    assert (found["stale_count"], found["stale_bytes"]) == (4, sum(sizes[name] for name in stale))
    assert (found["incomplete_count"], found["incomplete_bytes"]) == (1, len("e.part"))
    blocks = {status.st_ino: status.st_blocks for status in map(os.lstat, map(str, _all_models(models)))}
    assert len(blocks) == 6
    assert found["allocated_bytes"] == sum(blocks.values()) * 512
    assert sum(model["allocated_bytes"] for model in found["models"]) > found["allocated_bytes"]


def _all_models(models: Path) -> list[Path]:
    return [path for path in models.rglob("*") if path.is_symlink() or path.is_file()]


def test_one_model_in_full(models: Path) -> None:
    path = make_file(models / "old_sub" / "caf\udce9 \n.bin", b"content")
    os.utime(str(path), ns=(0, 1_600_000_000_999_999_999))
    make_link(models / "old_link", "nowhere\udcff")
    link, model = facts(models)["models"]
    assert model == {
        "name": "old_sub/caf\\xe9 \\u000a.bin",
        "directory": str(models),
        "path": f"{models}/old_sub/caf\\xe9 \\u000a.bin",
        "bytes": 7,
        "allocated_bytes": path.stat().st_blocks * 512,
        "modified": "2020-09-13T12:26:40Z",
        "status": "stale",
        "stale_prefix": "old_",
        "superseded_by": None,
        "link_target": None,
        "checksum": None,
        "in_use": False,
        "holders": [],
        "engine_listed": None,
    }
    assert (link["link_target"], link["in_use"], link["holders"]) == (r"nowhere\xff", False, [])


def test_a_slash_at_the_end_of_the_path_is_not_doubled(models: Path) -> None:
    make_files(models, "a.bin")
    found = result_facts.gather(Located((Place(f"{models}/"),), SKIPPED), Rules(("old_",)), holders=True)
    assert found["models"][0]["path"] == f"{models}/a.bin"


@pytest.mark.parametrize(
    "seconds, text",
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_700_000_000, "2023-11-14T22:13:20Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (4_102_444_800, "2100-01-01T00:00:00Z"),
        (-62_135_596_800, "0001-01-01T00:00:00Z"),
        (-62_135_596_801, "0001-01-01T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
        (253_402_300_800, "9999-12-31T23:59:59Z"),
        (2**56, "9999-12-31T23:59:59Z"),
        (-(2**63), "0001-01-01T00:00:00Z"),
    ],
)
def test_times_are_utc_and_can_be_written(seconds: int, text: str) -> None:
    assert timestamp(seconds) == text


@pytest.mark.parametrize("seconds", [2**56, -(2**56), 253_402_300_800, -62_000_000_000])
def test_a_model_with_an_odd_time_is_reported(models: Path, seconds: int) -> None:
    os.utime(str(make_file(models / "a.bin")), (seconds, seconds))
    (model,) = facts(models)["models"]
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", model["modified"])


def test_sums_may_be_larger_than_what_a_machine_word_holds(models: Path) -> None:
    for name in ("a", "old_b", "old_c.part"):
        with open(str(models / name), "wb") as stream:
            stream.truncate(7 * 2**60)
    found = json.loads(json.dumps(facts(models)))
    assert (found["bytes"], found["stale_bytes"], found["allocated_bytes"]) == (21 * 2**60, 14 * 2**60, 0)


def test_what_the_engine_says_is_shown_in_one_line(models: Path) -> None:
    answer = EngineAnswer(
        state="failed",
        message="It said: \x1b[31m\nno",
        package="a\npackage",
        version="1\r",
        python="/a\nb",
        model_dir="/c\udcff",
    )
    assert facts(models, engine=answer)["engine"] == {
        "state": "failed",
        "package": r"a\u000apackage",
        "version": r"1\u000d",
        "python": r"/a\u000ab",
        "model_dir": r"/c\xff",
        "listed": None,
        "message": r"It said: \u001b[31m\u000ano",
    }


def test_disk_is_that_of_the_model_directory(models: Path) -> None:
    status = os.statvfs(str(models))
    disk = facts(models)["directories"][0]["disk"]
    assert disk["total_bytes"] == status.f_blocks * status.f_frsize
    assert 0 <= disk["available_bytes"] <= disk["total_bytes"]


@pytest.mark.parametrize("how", [OPEN, MAPPED])
def test_holders_and_use(models: Path, how: str) -> None:
    make_files(models, "old_a", "b", "free")
    os.link(str(models / "old_a"), str(models / "twin"))
    with holding(how, models / "old_a", models / "b") as process:
        found = facts(models)
    (holder,) = found["holders"]
    assert (holder["pid"], holder["command"]) == (process.pid, process.command)
    assert (holder["models"], holder["pending"]) == (["b", "old_a", "twin"], [])
    assert {model["name"]: (model["in_use"], model["holders"]) for model in found["models"]} == {
        "b": (True, [process.pid]),
        "free": (False, []),
        "old_a": (True, [process.pid]),
        "twin": (True, [process.pid]),
    }
    assert found["in_use_count"] == 3
    assert found["pending_bytes"] == (0 if IS_ROOT else None)


def test_without_holders_only_use_is_told(models: Path) -> None:
    make_files(models, "old_a", "b")
    with holding(OPEN, models / "old_a"):
        found = facts(models, holders=False)
    assert (found["holders"], found["in_use_count"], found["pending_bytes"]) == ([], 1, None)
    assert [model["in_use"] for model in found["models"]] == [False, True]


def test_a_deleted_model_that_is_held_is_pending(models: Path) -> None:
    path = make_file(models / "sub" / "old_a", b"x" * 9000)
    allocated = path.stat().st_blocks * 512
    with holding(MAPPED, path):
        path.unlink()
        found = facts(models)
    (holder,) = found["holders"]
    assert (holder["models"], holder["pending"]) == ([], [{"name": "sub/old_a", "bytes": allocated}])
    assert found["pending_bytes"] == allocated


def test_one_unknown_use_makes_the_count_unknown(models: Path) -> None:
    path = make_file(models / "old_a")
    make_file(models / "b")
    give_to_ordinary_user(models, path, models / "b")
    path.chmod(0)
    found = as_ordinary_user(lambda: facts(models))
    assert [model["in_use"] for model in found["models"]] == [False, None]
    assert found["in_use_count"] is None


def test_checksums_of_what_can_be_read(models: Path) -> None:
    make_files(models, "a", "old_b", "closed")
    make_link(models / "link", "a")
    os.link(str(models / "a"), str(models / "twin"))
    give_to_ordinary_user(models / "closed")
    (models / "closed").chmod(0)
    found = as_ordinary_user(lambda: facts(models, checksum="sha256"))
    assert {model["name"]: model["checksum"] for model in found["models"]} == {
        "a": hashlib.sha256(b"a").hexdigest(),
        "closed": None,
        "link": None,
        "old_b": hashlib.sha256(b"old_b").hexdigest(),
        "twin": hashlib.sha256(b"a").hexdigest(),
    }


def test_a_file_that_was_replaced_meanwhile_gets_no_checksum(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_files(models, "a", "b")
    scan = rules.scan

    def replaced(*arguments: t.Any) -> t.Any:
        found = scan(*arguments)
        make_file(models / "new").rename(models / "a")
        return found

    monkeypatch.setattr(rules, "scan", replaced)
    found = facts(models, checksum="sha256")
    assert [model["checksum"] for model in found["models"]] == [None, hashlib.sha256(b"b").hexdigest()]


def engine_of(model_dir: Path | str, *listed: bytes) -> EngineAnswer:
    """Return what the SDK answers for that model directory."""
    return EngineAnswer("released", None, "aspose-ocr-python-net", "26.10.0", "/python", str(model_dir), listed)


@pytest.mark.parametrize("way", ["equal", "slash", "link", "dots"])
def test_the_engine_lists_paths_below_its_own_model_directory(area: Path, models: Path, way: str) -> None:
    make_files(models, "a", "sub/old_b", "caf\udce9", "c")
    make_link(area / "link", "models")
    base = {"equal": f"{models}", "slash": f"{models}/", "link": f"{area}/link", "dots": f"{area}/x/../models"}[way]
    (area / "x").mkdir()
    start = os.fsencode(base.rstrip("/")) + b"/"
    engine = engine_of(base, start + b"a", start + b"sub/old_b", start + b"caf\xe9", start + b"gone")
    found = facts(models, engine=engine)
    assert {model["name"]: model["engine_listed"] for model in found["models"]} == {
        "a": True,
        "c": False,
        r"caf\xe9": True,
        "sub/old_b": True,
    }
    assert (found["engine"]["model_dir"], found["engine"]["listed"]) == (base, 4)


@pytest.mark.parametrize("answer", ["other directory", "no listing", "no directory", "skipped"])
def test_of_another_directory_the_engine_says_nothing(area: Path, models: Path, answer: str) -> None:
    make_files(models, "a")
    engines = {
        "other directory": engine_of(area / "other", os.fsencode(area / "other" / "a")),
        "no listing": EngineAnswer("failed", "why", model_dir=str(models)),
        "no directory": EngineAnswer("absent", "why", python="/python"),
        "skipped": SKIPPED,
    }
    found = facts(models, engine=engines[answer])
    assert found["models"][0]["engine_listed"] is None
    assert found["engine"]["state"] == engines[answer].state
    assert found["engine"]["listed"] == (1 if answer == "other directory" else None)
    assert found["engine"]["message"] == engines[answer].message


def test_an_engine_that_lists_nothing_lists_no_model(models: Path) -> None:
    make_files(models, "a")
    found = facts(models, engine=engine_of(models))
    assert (found["models"][0]["engine_listed"], found["engine"]["listed"]) == (False, 0)


def test_facts_change_nothing(models: Path) -> None:
    rich_directory(models)
    before = listing(models)
    first, second = facts(models, checksum="sha256"), facts(models, checksum="sha256")
    assert listing(models) == before
    for found in (first, second):
        assert found["directories"][0]["gathered_at"] == found["gathered_at"]
    assert comparable(first) == comparable(second)


def test_directories_have_sums_of_their_own_and_are_looked_through_together(
    area: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, missing = area / "other", area / "missing"
    make_files(models, "a", "old_b")
    make_files(other, "a", "old_b", "old_c", "d.part", "gone")
    looked: list[t.Any] = []
    find = models_usage.find_holders
    monkeypatch.setattr(models_usage, "find_holders", lambda *given: looked.append(given) or find(*given))
    with holding(OPEN, models / "a", other / "old_b", other / "gone") as process, holding(MAPPED, other / "a"):
        (other / "gone").unlink()
        found = facts([other, missing, models])
    check_schema(found, SCHEMA)
    assert len(looked) == 1
    first, absent, second = found["directories"]
    assert [one["path"] for one in found["directories"]] == [str(other), str(missing), str(models)]
    assert [one["exists"] for one in found["directories"]] == [True, False, True]
    assert (first["count"], absent["count"], second["count"], found["count"]) == (4, 0, 2, 6)
    assert (first["stale_count"], second["stale_count"], found["stale_count"]) == (2, 1, 3)
    assert (first["in_use_count"], second["in_use_count"], found["in_use_count"]) == (2, 1, 3)
    assert first["pending_bytes"] == found["pending_bytes"] > 0
    assert second["pending_bytes"] == (0 if IS_ROOT else None)
    shown = [(model["directory"], model["name"]) for model in found["models"]]
    assert shown == [(str(other), name) for name in ("a", "d.part", "old_b", "old_c")] + [
        (str(models), name) for name in ("a", "old_b")
    ]
    assert {model["path"] for model in found["models"]} >= {f"{other}/a", f"{models}/a"}
    rows = [(row["directory"], row["models"], [file["name"] for file in row["pending"]]) for row in found["holders"]]
    assert len(rows) == 3
    assert (str(other), ["old_b"], ["gone"]) in rows and (str(other), ["a"], []) in rows
    assert rows[2] == (str(models), ["a"], [])
    assert found["holders"][2]["pid"] == process.pid


def test_models_of_the_sdks_ocr_store_are_those_that_it_lists(area: Path, models: Path) -> None:
    make_files(models, "a.ocr", "old_b.OCR", "c.bin", "sub/old_d.ocr", "e.ocr.part", ".hidden.ocr")
    places = (Place(str(models), "ocr"), Place(str(area / "none"), "ai"))
    found = result_facts.gather(Located(places, SKIPPED), Rules(("old_",)), holders=True)
    assert names(found["models"]) == ["a.ocr", "old_b.OCR"]
    assert [(one["store"], one["count"]) for one in found["directories"]] == [("ocr", 2), ("ai", 0)]


def test_the_totals_are_the_sums_of_the_directories() -> None:
    known = {**dict.fromkeys(COUNTERS, 2), "in_use_count": 1, "pending_bytes": 3}
    unknown = {**known, "in_use_count": None, "pending_bytes": None}
    free = {**known, "pending_bytes": 0}
    assert totals([known, known]) == {**dict.fromkeys(COUNTERS, 4), "in_use_count": 2, "pending_bytes": 6}
    assert (totals([known, unknown])["in_use_count"], totals([known, unknown])["pending_bytes"]) == (None, 3)
    assert totals([free, unknown])["pending_bytes"] is None
    assert totals([free])["pending_bytes"] == totals([])["pending_bytes"] == 0
