# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Tell which report this is: when, by which release of the collection, and of which run."""

from __future__ import annotations

import json
import os
import re
import typing as t
from collections.abc import Iterable, Mapping
from pathlib import Path

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._maintenance import DRY_RUN, PRUNED, REPORT

SCHEMA_VERSION = 1
"""Raised when C(report.json) changes in a way that a reader has to know; docs/report.schema.json describes it."""

CACHE = "cache"
RUN_KINDS = (CACHE, REPORT, PRUNED, DRY_RUN)

_ROOT = Path(__file__).resolve().parents[2]


def describe_report(*, time: str, run_id: str, run_kind: str) -> dict[str, t.Any]:
    """Return what stands in C(meta); ``time`` is in UTC by ISO 8601, ``run_kind`` one of RUN_KINDS."""
    return {
        "schema_version": SCHEMA_VERSION,
        "time": time,
        "collection_version": collection_version(),
        "run": {"kind": run_kind, "id": run_id},
    }


def collection_version() -> str:
    """Return the version of the collection: an installed one has a manifest, a checkout the file it is built from."""
    try:
        manifest = json.loads((_ROOT / "MANIFEST.json").read_text(encoding="utf-8"))
        return str(manifest["collection_info"]["version"])
    except FileNotFoundError:
        match = re.search(r"(?m)^version: *(\S+)", (_ROOT / "galaxy.yml").read_text(encoding="utf-8"))
        return match[1].strip("'\"") if match else "unknown"


def run_id(time: str | None, variables: Mapping[str, t.Any]) -> str:
    """Return what tells this run from others and is the same for all batches of it.

    That is the job of AWX, else the time that the user gave, else the process that runs the playbook.
    """
    for name in ("awx_job_id", "tower_job_id"):
        if variables.get(name) not in (None, ""):
            return f"job-{variables[name]}"
    return time or _process_id(os.getppid())


def kind_of_run(outcomes: Iterable[object]) -> str:
    """Return what kind of run this is, by the first result of the role ocr_maintenance among those of the hosts."""
    for outcome in outcomes:
        run = outcome.get("run") if isinstance(outcome, Mapping) else None
        kind = run.get("kind") if isinstance(run, Mapping) else None
        if kind in (PRUNED, DRY_RUN):
            return str(kind)
    return REPORT


def _process_id(pid: int) -> str:
    """Return the number of a process and, where that can be read, when it was started: the number alone comes again."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
        return f"{pid}-{after_name.split()[19]}"
    except (OSError, IndexError):
        return str(pid)
