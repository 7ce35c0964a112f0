# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module says in one line."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.run import restore_summary
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.result import prune_summary
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.report import Report, kept_parts
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.summary import facts_summary, size_text

PRUNED: dict[str, t.Any] = {
    "changed": True,
    "pruned": [{"name": "old_a"}, {"name": "old_b"}],
    "kept": [
        {"name": "old_fr_a", "reason": "keep pattern *_fr_*"},
        {"name": "old_c", "reason": "in use by 4711 (python3, ocr.service)"},
    ],
    "failed_models": [],
    "freed_bytes": 28 * 1024**2,
    "freed_bytes_exact": True,
    "pending_bytes": 0,
    "min_free_missing_bytes": None,
    "expired_backups": [],
    "ocr_models": {"missing_count": 0, "different_count": 0},
}


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (28 * 1024**2, "28.0 MiB"),
        (7 * 1024**6, "7.0 EiB"),
    ],
)
def test_sizes_in_powers_of_1024(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(("check_mode", "verb"), [(False, "pruned"), (True, "would prune")])
def test_a_prune_in_one_line(check_mode: bool, verb: str) -> None:
    assert prune_summary(PRUNED, total=6, check_mode=check_mode) == (
        f"{verb} 2 of 6 models (28.0 MiB freed), kept 1 (keep pattern *_fr_*), 1 in use by 4711 (python3, ocr.service)"
    )


def test_what_is_not_exactly_known_to_be_freed_is_said_to_be_the_most() -> None:
    text = prune_summary({**PRUNED, "freed_bytes_exact": False}, total=6, check_mode=False)
    assert text.startswith("pruned 2 of 6 models (at most 28.0 MiB freed), kept 1")


def test_what_else_a_prune_did() -> None:
    more = {
        "kept": [],
        "failed_models": [{}],
        "pending_bytes": 512,
        "services": [{"name": "ocr.service", "stopped": True}, {"name": "web.service", "stopped": False}],
        "expired_backups": ["2026-01-01T00-00-00.000000Z"],
        "min_free_missing_bytes": 2 * 1024**3,
        "ocr_models": {"missing_count": 2, "different_count": 1},
    }
    assert prune_summary({**PRUNED, **more}, total=1, check_mode=True) == (
        "would prune 2 of 1 model (28.0 MiB freed), 1 failed, 2.0 GiB short of min_free, 2 required missing, "
        "1 required different, 512 B pending, would stop ocr.service, 1 expired backup sets would go"
    )


def test_of_many_reasons_the_most_frequent_are_named() -> None:
    reasons = ["younger than 30d"] * 5 + ["keep pattern a"] + ["keep pattern b"] * 2 + ["in use by 1 (x)"] * 7
    assert kept_parts(reasons) == [
        "kept 5 (younger than 30d)",
        "kept 2 (keep pattern b)",
        "kept 1 (keep pattern a)",
        "7 more stay",
    ]


def test_a_restore_in_one_line() -> None:
    backups = [{"directory": "/a", "name": "2026-01-01T00-00-00.000000Z"}, {"directory": "/b", "name": "other"}]
    result = {"backups": backups[:1], "restored": [{}], "failed_models": [{}]}
    kept = [{"reason": "exists again"}]
    assert restore_summary({**result, "kept": kept}, check_mode=False) == (
        "restored 1 of 3 models of 2026-01-01T00-00-00.000000Z, kept 1 (exists again), 1 failed"
    )
    assert restore_summary({**result, "kept": [], "backups": backups}, check_mode=True) == (
        "would restore 1 of 2 models of 2026-01-01T00-00-00.000000Z, other, 1 failed"
    )
    assert restore_summary({**result, "backups": []}, check_mode=False) == "no backup set to restore"


def test_facts_in_one_line() -> None:
    facts: dict[str, t.Any] = {
        "directories": [{"path": "/srv/ocr/models", "exists": True}],
        "count": 1,
        "bytes": 2048,
        "stale_count": 3,
        "stale_bytes": 1,
        "incomplete_count": 0,
        "missing_count": 0,
        "different_count": 0,
        "in_use_count": None,
        "pending_bytes": None,
    }
    assert facts_summary(facts) == "1 model (2.0 KiB), 3 stale (1 B)"
    assert facts_summary({**facts, "in_use_count": 1, "pending_bytes": 5}) == (
        "1 model (2.0 KiB), 3 stale (1 B), 1 in use, 5 B pending"
    )
    missing = {"path": "/srv/b", "exists": False}
    assert facts_summary({**facts, "missing_count": 1, "different_count": 2, "pending_bytes": 5}) == (
        "1 model (2.0 KiB), 3 stale (1 B), 1 required missing, 2 required different, 5 B pending"
    )
    assert facts_summary({**facts, "directories": [missing], "missing_count": 1}) == (
        "/srv/b does not exist, 1 required missing"
    )
    assert facts_summary({**facts, "directories": [missing]}) == "/srv/b does not exist"
    assert facts_summary({**facts, "directories": [*facts["directories"], missing]}) == (
        "1 model (2.0 KiB), 3 stale (1 B), /srv/b does not exist"
    )
    assert facts_summary({**facts, "directories": facts["directories"] * 2}) == (
        "1 model (2.0 KiB) in 2 directories, 3 stale (1 B)"
    )


def test_a_failure_names_the_models_and_has_no_facts() -> None:
    failed = {"name": "old_x", "error": "Read-only file system", "bytes": 5, "path": "/srv/ocr/models/old_x"}
    result = {**PRUNED, "failed_models": [failed], "ocr_models": {"models": []}, "diff": {"before": "old_a"}}
    assert Report(result, "1 of 3 models could not be removed", []).of_failure() == {
        "changed": True,
        "pruned": ["old_a", "old_b"],
        "kept": ["old_fr_a", "old_c"],
        "failed_models": [{"name": "old_x", "error": "Read-only file system"}],
        "freed_bytes": 28 * 1024**2,
        "freed_bytes_exact": True,
        "expired_backups": [],
    }
