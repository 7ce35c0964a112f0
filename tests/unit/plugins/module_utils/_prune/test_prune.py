# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole prune: each is predicted in check mode first, which changes nothing and says the same."""

from __future__ import annotations

import hashlib
import os
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lock import lock
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models import checksums
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import free_space
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import part as prune_part
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import release as prune_release
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.options import prune_options
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.calls import (
    PRUNE_DEFAULTS,
    comparable,
    errors,
    facts,
    names,
    prune,
    prune_once,
    reasons,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    DAY,
    IS_ROOT,
    give_to_ordinary_user,
    make_file,
    make_files,
    make_link,
    names_in,
    opened,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import (
    MAPPED,
    OPEN,
    as_ordinary_user,
    holding,
)

pytestmark = pytest.mark.usefixtures("own_processes")

STALE = "stale prefix old_"


def allocated(*paths: Path) -> int:
    """Return the bytes that files take up on the disk."""
    return sum(path.stat().st_blocks for path in paths) * 512


def test_a_prune_in_full(models: Path) -> None:
    make_files(models, "a.bin", "old_b.bin", "old_c/d e.bin", "f.part")
    freed = allocated(models / "old_b.bin", models / "old_c" / "d e.bin")
    report = prune(models)
    result = report.result
    assert (report.failure, report.warnings) == (None, [])
    assert sorted(result) == [
        *("backup", "backups", "changed", "diff", "engine", "expired_backups", "failed_models", "freed_bytes"),
        *("freed_bytes_exact", "kept", "min_free_missing_bytes", "msg", "ocr_models", "pending_bytes", "pruned"),
        "services",
    ]
    assert (result["changed"], result["ocr_models"]["directories"][0]["path"]) == (True, str(models))
    assert reasons(result["pruned"]) == {"old_b.bin": STALE, "old_c/d e.bin": STALE}
    assert (result["kept"], result["failed_models"], result["expired_backups"]) == ([], [], [])
    assert (result["freed_bytes"], result["backup"]) == (freed, None)
    assert result["pending_bytes"] == (0 if IS_ROOT else None)
    assert result["engine"]["state"] == "skipped"
    assert result["diff"] == {
        "before_header": str(models),
        "after_header": str(models),
        "before": "a.bin\nf.part\nold_b.bin\nold_c/d e.bin\n",
        "after": "a.bin\nf.part\n",
    }
    assert names_in(models) == ["a.bin", "f.part"]


def test_a_second_run_changes_nothing(models: Path) -> None:
    make_files(models, "a.bin", "old_b.bin")
    assert prune(models).result["changed"] is True
    result = prune(models).result
    assert (result["changed"], result["pruned"], result["freed_bytes"]) == (False, [], 0)
    assert result["diff"]["before"] == result["diff"]["after"] == "a.bin\n"


def test_facts_are_those_of_after_and_in_check_mode_those_of_before(models: Path) -> None:
    make_files(models, "a.bin", "old_b.bin")
    before = facts(models)
    predicted = prune_once(models, check_mode=True).result["ocr_models"]
    assert comparable(predicted) == comparable(before)
    done = prune_once(models).result["ocr_models"]
    assert comparable(done) == comparable(facts(models))
    assert names(done["models"]) == ["a.bin"]


def test_pruned_and_kept_models_look_like_those_of_the_facts(models: Path) -> None:
    make_files(models, "old_a", "old_b")
    before = {model["name"]: model for model in facts(models)["models"]}
    result = prune(models, keep=["old_a"]).result
    assert result["kept"] == [dict(before["old_a"], reason="keep pattern old_a")]
    assert result["pruned"] == [dict(before["old_b"], reason=STALE)]


def test_the_rules_on_the_disk(models: Path) -> None:
    make_file(models / "old_kept.bin", age=9 * DAY)
    make_file(models / "old_young.bin", age=DAY)
    make_file(models / "old_future.bin", age=-9 * DAY)
    make_file(models / "old_gone.bin", age=9 * DAY)
    make_file(models / "young.part", age=DAY)
    make_file(models / "gone.part", age=9 * DAY)
    result = prune(models, keep=["*kept*"], min_age="7d", incomplete=True).result
    assert reasons(result["pruned"]) == {
        "gone.part": "incomplete download, at least 7d old",
        "old_gone.bin": STALE,
    }
    assert reasons(result["kept"]) == {
        "old_future.bin": "younger than 7d",
        "old_kept.bin": "keep pattern *kept*",
        "old_young.bin": "younger than 7d",
        "young.part": "younger than 7d",
    }


def test_everything_is_sorted_by_name(models: Path) -> None:
    make_files(models, *(f"old_{name}" for name in ("b", "a/z", "a-b", "\udcff", "\u00fc", "B", " ")))
    result = prune(models, keep=["*a/z", "*B"]).result
    assert names(result["pruned"]) == ["old_ ", "old_a-b", "old_b", "old_\u00fc", r"old_\xff"]
    assert names(result["kept"]) == ["old_B", "old_a/z"]


@pytest.mark.parametrize(
    "name",
    [
        "-rf",
        "two\nlines",
        "re\rturn",
        "\x0b",
        "next\x85line",
        "\u2028",
        "\x1b[2J",
        'it\'s "quoted"',
        "$(reboot)",
        " ",
        "\u00fcber",
    ]
    + ["caf\udce9", r"caf\xe9"],
)
def test_names_that_are_hard_to_handle(models: Path, name: str) -> None:
    make_files(models, f"old_{name}", name, f"old_/{name}")
    result = prune(models).result
    shown = displayed(name)
    assert set(names(result["pruned"])) == {f"old_/{shown}", f"old_{shown}"}
    assert result["diff"]["after"].splitlines() == [shown]
    assert names_in(models) == [name]


def test_links_go_and_what_they_lead_to_stays(area: Path, models: Path) -> None:
    make_files(area / "outside", "old_a")
    make_files(models, "a")
    make_link(models / "old_outside", str(area / "outside"))
    make_link(models / "old_inside", "a")
    make_link(models / "link", str(area / "outside"))
    result = prune(models).result
    assert [model["link_target"] for model in result["pruned"]] == ["a", str(area / "outside")]
    assert names_in(area) == ["models", "models/a", "models/link", "outside", "outside/old_a"]


def test_a_hard_link_frees_nothing_until_the_last_name_goes(area: Path, models: Path) -> None:
    make_files(models, "old_a", "old_b", "old_single")
    freed = allocated(models / "old_single")
    os.link(str(models / "old_a"), str(area / "elsewhere"))
    os.link(str(models / "old_b"), str(models / "current"))
    assert prune(models).result["freed_bytes"] == freed
    make_files(models, "old_a")
    os.link(str(models / "old_a"), str(models / "old_twin"))
    freed = allocated(models / "old_a")
    assert prune(models).result["freed_bytes"] == freed


@pytest.mark.parametrize("how", [OPEN, MAPPED])
@pytest.mark.parametrize("limit", [None, "100%"])
def test_a_model_in_use_is_kept_and_its_holder_named(models: Path, how: str, limit: str | None) -> None:
    make_files(models, "old_free", "old_held")
    with holding(how, models / "old_held") as process:
        result = prune(models, max_prune=limit).result
        assert names(result["pruned"]) == ["old_free"]
        assert reasons(result["kept"]) == {"old_held": f"in use by {process.label}"}
        assert (result["kept"][0]["in_use"], result["kept"][0]["holders"]) == (True, [process.pid])
    assert names(prune(models).result["pruned"]) == ["old_held"]


@pytest.mark.parametrize("policy", ["skip", "fail", "ignore"])
@pytest.mark.parametrize("limit", [None, "100%"])
def test_a_model_in_use_that_stays_anyway_is_still_shown_in_use(models: Path, policy: str, limit: str | None) -> None:
    make_files(models, "old_a", "old_b")
    with holding(OPEN, models / "old_a") as process:
        (kept,) = prune(models, keep=["old_a"], in_use=policy, max_prune=limit).result["kept"]
    assert (kept["reason"], kept["in_use"], kept["holders"]) == ("keep pattern old_a", True, [process.pid])


def test_in_use_fail_removes_nothing_at_all(models: Path) -> None:
    make_files(models, "old_free", "old_held")
    with holding(MAPPED, models / "old_held") as process:
        report = prune(models, in_use="fail")
    assert report.failure == (
        f"in_use is fail and models that should go are in use: old_held: in use by {process.label}; nothing was removed"
    )
    assert (report.result["changed"], report.result["pruned"]) == (False, [])
    assert reasons(report.result["kept"]) == {
        "old_free": "the whole plan is refused",
        "old_held": f"in use by {process.label}",
    }
    assert names_in(models) == ["old_free", "old_held"]


@pytest.mark.parametrize("policy", ["fail", "ignore"])
def test_other_policies_prune_what_is_free(models: Path, policy: str) -> None:
    make_files(models, "old_free", "held")
    with holding(OPEN, models / "held"):
        report = prune(models, in_use=policy)
    assert (report.failure, names(report.result["pruned"])) == (None, ["old_free"])


@pytest.mark.parametrize("how", [OPEN, MAPPED])
def test_in_use_ignore_leaves_the_bytes_pending(models: Path, how: str) -> None:
    free, held = make_file(models / "old_free", b"x" * 5000), make_file(models / "old_held", b"x" * 9000)
    freed, pending = allocated(free), allocated(held)
    with holding(how, held) as process:
        result = prune(models, in_use="ignore").result
        assert (result["freed_bytes"], result["pending_bytes"]) == (freed, pending)
        found = facts(models)
        assert [(holder["pid"], holder["pending"]) for holder in found["holders"]] == [
            (process.pid, [{"name": "old_held", "bytes": pending}])
        ]
        assert prune(models).result["pending_bytes"] == pending
    assert facts(models)["pending_bytes"] == (0 if IS_ROOT else None)


@pytest.mark.parametrize("limit, refused", [("1", True), ("2", False), ("49%", True), ("50%", False)])
def test_max_prune(models: Path, limit: str, refused: bool) -> None:
    make_files(models, "old_a", "old_b", "c", "d")
    report = prune(models, max_prune=limit)
    assert report.result["changed"] is not refused
    assert names_in(models) == (["c", "d", "old_a", "old_b"] if refused else ["c", "d"])
    if refused:
        assert f"2 of 4 models, more than max_prune {limit} allows; nothing was removed" in report.failure


def test_a_missing_directory_has_nothing_to_prune(models: Path) -> None:
    result = prune(models / "missing").result
    assert (result["changed"], result["pruned"], result["kept"]) == (False, [], [])
    assert result["ocr_models"]["directories"][0]["exists"] is False
    assert sorted(result) == sorted(prune(models).result)
    assert names_in(models) == []


def test_what_cannot_be_removed_fails_the_task_after_the_rest_is_done(models: Path) -> None:
    make_files(models, "old_a", "sub/old_b", "sub/old_c")
    give_to_ordinary_user(*models.rglob("*"), models)
    (models / "sub").chmod(0o555)
    report = as_ordinary_user(lambda: prune(models))
    assert names(report.result["pruned"]) == ["old_a"]
    failed = errors(report.result["failed_models"])
    assert list(failed) == ["sub/old_b", "sub/old_c"]
    assert report.failure == f"2 of 3 models could not be removed; sub/old_b: {failed['sub/old_b']}"
    assert "run as root or as the owner" in report.failure
    assert names_in(models) == ["sub", "sub/old_b", "sub/old_c"]


def test_a_run_while_another_works_is_refused(models: Path) -> None:
    make_files(models, "old_a")
    with opened(models) as directory:
        lock(directory, shared=True)
        assert names(prune_once(models, check_mode=True).result["pruned"]) == ["old_a"]
        with pytest.raises(OcrModelError, match=rf"^Another run works on .* \(pid {os.getpid()} holds the lock\)"):
            prune_once(models)
    assert names_in(models) == ["old_a"]


def test_a_scan_that_fails_afterwards_does_not_hide_what_was_removed(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_files(models, "old_a", "b")
    find_models, calls = prune_part.find_models, []

    def fails_the_second_time(*arguments: t.Any, **options: t.Any) -> t.Any:
        calls.append(arguments)
        if len(calls) > 1:
            raise OcrModelError("it cannot be read any more")
        return find_models(*arguments, **options)

    monkeypatch.setattr(prune_part, "find_models", fails_the_second_time)
    report = prune_once(models)
    assert names(report.result["pruned"]) == ["old_a"]
    assert names(report.result["ocr_models"]["models"]) == ["b"]
    assert report.warnings == ["The facts are those of before, less what was removed: it cannot be read any more"]


@pytest.mark.parametrize(
    "option, value, wrong",
    [
        ("stale_prefixes", [], "stale_prefixes is empty"),
        ("stale_prefixes", ["a/"], "stale_prefixes: 'a/' has a slash"),
        ("min_age", "soon", "min_age: 'soon' is not an age"),
        ("max_prune", "all", "max_prune: 'all' is neither a count nor a share"),
        ("backup_max_age", "soon", "backup_max_age: 'soon' is not an age"),
    ],
)
def test_a_wrong_option_is_named_before_anything_is_done(option: str, value: t.Any, wrong: str) -> None:
    with pytest.raises(OcrModelError, match=f"^{re.escape(wrong)}"):
        prune_options(dict(PRUNE_DEFAULTS, **{option: value}))


def test_what_an_ordinary_user_cannot_rule_out_counts_as_in_use(models: Path) -> None:
    path = make_file(models / "old_a")
    give_to_ordinary_user(models, path)
    path.chmod(0)
    unknown = (
        "in use cannot be ruled out by this user; run as root (on ext4, xfs and the like the owner of the file will do)"
    )
    result = as_ordinary_user(lambda: prune(models)).result
    assert reasons(result["kept"]) == {"old_a": unknown}
    assert result["kept"][0]["in_use"] is None
    failure = as_ordinary_user(lambda: prune(models, in_use="fail")).failure
    assert failure.endswith(f"old_a: {unknown}; nothing was removed")
    assert names(as_ordinary_user(lambda: prune(models, in_use="ignore")).result["pruned"]) == ["old_a"]


def test_a_holder_of_what_goes_and_of_what_stays_is_shown_once(models: Path) -> None:
    make_files(models, "old_a", "old_b")
    with holding(OPEN, models / "old_a", models / "old_b") as process:
        result = prune(models, keep=["old_a"], in_use="ignore").result
    assert [model["holders"] for model in result["kept"] + result["pruned"]] == [[process.pid], [process.pid]]


def test_a_required_model_stays_whatever_else_says_that_it_goes(models: Path) -> None:
    make_files(models, "old_a", "old_b", "en_v1", "en_v2", "en_v3")
    required = [{"name": "old_a"}, {"name": "en_v1"}, {"name": "old_none"}]
    report = prune(models, version_pattern=r"_v(?P<version>\d)", required=required, in_use="ignore", min_age="0")
    assert reasons(report.result["pruned"]) == {"old_b": "stale prefix old_", "en_v2": "superseded by en_v3"}
    assert reasons(report.result["kept"]) == {"old_a": "required", "en_v1": "required"}
    assert report.result["msg"].endswith("kept 2 (required), 1 required missing")
    facts_after = report.result["ocr_models"]
    assert {row["name"]: row["state"] for row in facts_after["required"]} == {
        "old_a": "present",
        "en_v1": "present",
        "old_none": "missing",
    }
    assert (facts_after["missing_count"], facts_after["different_count"]) == (1, 0)


def test_with_checksums_a_required_model_with_another_content_supersedes_nobody(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_files(models, "en_v1", "en_v2", "old_a")
    read: list[str] = []
    checksums_of = checksums.checksums_of

    def noted(directory: t.Any, wanted: t.Any) -> t.Any:
        read.extend(model.name for model in wanted)
        return checksums_of(directory, wanted)

    monkeypatch.setattr(checksums, "checksums_of", noted)
    options: dict[str, t.Any] = {
        "version_pattern": r"_v(?P<version>\d)",
        "required": [{"name": "en_v2", "sha256": "0" * 64}, {"name": "old_b", "sha256": "0" * 64}, {"name": "en_v1"}],
    }
    right = hashlib.sha256(b"en_v2").hexdigest()
    report = prune_once(models, checksum="required", **options)
    assert names(report.result["pruned"]) == ["old_a"]
    # Once, and not again for the facts of after.
    assert read == ["en_v2"]
    found = report.result["ocr_models"]
    assert [(row["name"], row["state"]) for row in found["required"]] == [
        ("en_v2", "different"),
        ("old_b", "missing"),
        ("en_v1", "present"),
    ]
    assert {model["name"]: model["checksum"] for model in found["models"]} == {"en_v1": None, "en_v2": right}
    options["required"] = [{"name": "en_v2", "sha256": right}]
    assert names(prune(models, checksum="required", **options).result["pruned"]) == ["en_v1"]


def test_in_a_directory_that_does_not_exist_every_required_model_is_missing(models: Path) -> None:
    report = prune(models / "none", required=[{"name": "a"}])
    assert report.result["ocr_models"]["required"] == [
        {"name": "a", "state": "missing", "path": None, "directories": [f"{models}/none"]}
    ]
    assert report.result["msg"] == f"{models}/none does not exist, 1 required missing"


@pytest.fixture
def lack(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[int], None]:
    """Let the file system lack so many bytes of whatever is asked for."""
    return lambda missing: monkeypatch.setattr(free_space, "lacking", lambda _status, _wanted: missing)


@pytest.mark.parametrize("min_free", [None, "50GiB"])
def test_what_models_share_is_asked_once(
    models: Path, lack: t.Callable[[int], None], monkeypatch: pytest.MonkeyPatch, min_free: str | None
) -> None:
    make_files(models, "old_a", "b")
    lack(1)
    asked: list[str] = []
    for module in (free_space, prune_part):
        look = module.look_at_sharing
        monkeypatch.setattr(
            module, "look_at_sharing", lambda *arguments, look=look: (asked.append("asked"), look(*arguments))[1]
        )
    report = prune_once(models, min_free=min_free)
    assert (asked, names_in(models)) == (["asked"], ["b"])
    assert report.result["min_free_missing_bytes"] == (None if min_free is None else 0)


@pytest.mark.parametrize("policy", ["skip", "ignore"])
def test_with_min_free_the_oldest_go_until_enough_is_free(
    models: Path, lack: t.Callable[[int], None], policy: str
) -> None:
    for age, name in enumerate(["old_c", "old_a", "old_b", "old_d"]):
        make_file(models / name, b"x" * 5000, age=(9 - age) * DAY)
    os.link(str(models / "old_c"), str(models / "other"))
    lack(5000)
    with holding(OPEN, models / "old_a"):
        report = prune(models, min_free="50GiB", in_use=policy)
    assert reasons(report.result["pruned"]) == {"old_b": STALE}
    assert reasons(report.result["kept"])["old_c"] == "its removal frees no disk space"
    assert reasons(report.result["kept"])["old_a"].startswith("in use by ")
    assert reasons(report.result["kept"])["old_d"] == "enough free space"
    assert (report.result["freed_bytes"], report.result["min_free_missing_bytes"]) == (8192, 0)
    lack(0)
    report = prune(models, min_free="50GiB")
    assert (report.result["changed"], report.result["min_free_missing_bytes"]) == (False, 0)
    lack(20000)
    report = prune(models, min_free="50GiB")
    assert names(report.result["pruned"]) == ["old_a", "old_d"]
    assert (report.failure, report.result["min_free_missing_bytes"]) == (None, 20000 - 16384)
    assert "3.5 KiB short of min_free" in report.result["msg"]


def test_nothing_takes_the_place_of_a_model_that_cannot_be_removed(
    models: Path, lack: t.Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_file(models / "old_a" / "m", b"x", age=2 * DAY)
    make_file(models / "old_b", b"x", age=DAY)
    lack(1)
    give_to_ordinary_user(models, models / "old_a" / "m", models / "old_b")
    (models / "old_a").chmod(0o555)
    report = as_ordinary_user(lambda: prune(models, min_free="20%", in_use="ignore"))
    assert (names(report.result["pruned"]), names(report.result["failed_models"])) == ([], ["old_a/m"])
    assert reasons(report.result["kept"]) == {"old_b": "enough free space"}
    assert report.result["min_free_missing_bytes"] == 1


def test_min_free_asks_the_file_system_itself(models: Path) -> None:
    make_files(models, "old_a", "old_b")
    report = prune(models, min_free="0%")
    assert reasons(report.result["kept"]) == dict.fromkeys(["old_a", "old_b"], "enough free space")
    # No file system that has a file has all of it available. How much it has changes from one moment to the next.
    report = prune_once(models, min_free="100%")
    assert names(report.result["pruned"]) == ["old_a", "old_b"]
    status = os.statvfs(str(models))
    used = (status.f_blocks - status.f_bavail) * status.f_frsize
    assert abs(report.result["min_free_missing_bytes"] - used) < max(1024**3, used // 10)


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_backup_on_the_same_file_system_is_refused_with_min_free(
    area: Path, models: Path, lack: t.Callable[[int], None], check_mode: bool
) -> None:
    make_files(models, "old_a")
    lack(1)
    with pytest.raises(
        OcrModelError, match=r"^min_free: backup_dir is on the file system of .*; choose a backup_dir on"
    ):
        prune_once(models, min_free="1%", backup_dir=area / "backups", check_mode=check_mode)
    assert names_in(models) == ["old_a"]


def test_with_min_free_no_service_is_in_the_way_of_what_is_not_needed(
    models: Path, lack: t.Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_file(models / "old_a", b"x", age=3 * DAY)
    make_file(models / "old_b", b"x", age=2 * DAY)
    make_file(models / "old_c", b"x", age=DAY)
    asked: list[list[str]] = []
    settled: list[list[str]] = []

    class Released:
        """Services that have all that they are asked about, and nothing of which is stopped after all."""

        operation = None

        def __init__(self, _options: t.Any) -> None:
            pass

        def usage_after_stop(self, wanted: t.Any, usage: t.Any) -> t.Any:
            asked.append([model.name for model in wanted])
            return usage.without({model.identity for model in wanted})

        def settle(self, plan: t.Any) -> t.Any:
            settled.append([choice.model.name for choice in plan.prune])
            return Usage({}, None)

        def rows(self, _pause: t.Any) -> list[t.Any]:
            return []

    monkeypatch.setattr(prune_release, "Release", Released)
    lack(4097)
    with holding(OPEN, models / "old_a", models / "old_c"):
        prune_once(models, check_mode=True, min_free="20%", services=["ocr"])
    # All that could go, to know which of them can; then, for what is stopped, only what goes.
    assert (asked, settled) == ([["old_a", "old_b", "old_c"], ["old_a", "old_b"]], [["old_a", "old_b"]])
