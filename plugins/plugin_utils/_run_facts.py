# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Read what the last run did to a host, from the fact C(ocr_models_run): data that may be as broken as all facts."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import (
    MalformedFacts,
    Row,
    as_items,
    as_mapping,
    as_natural,
    as_one_of,
    as_text,
    as_time,
    nullable,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._maintenance import (
    DRY_RUN,
    FAILED,
    PRUNED,
    REPORT,
    SUCCEEDED,
)

NO_RUN: Row = {
    "run_time": None,
    "run_kind": None,
    "run_outcome": None,
    "run_pruned": None,
    "run_freed_bytes": None,
    "run_kept": None,
    "run_down_seconds": None,
    "run_kept_reasons": {},
    "run_services": [],
}
"""The columns of a host of whose last run nothing is known."""

_LONGEST = 10**9
# As many as the role keeps; a host may make up more.
_SHOWN = 10


def read_run(value: object) -> Row:
    """Return the columns that say what the last run did; what is not as documented is as in NO_RUN.

    ``run_kept_reasons`` has for each reason the number of models, ``run_services`` the name of each service that was
    stopped and the seconds it was down, None where it did not come back.
    """
    if not isinstance(value, Mapping):
        return NO_RUN
    columns = {}
    for column, (key, read) in _READERS.items():
        try:
            columns[column] = read(key, value.get(key))
        except MalformedFacts:
            columns[column] = NO_RUN[column]
    return columns


def is_prune(row: Mapping[str, t.Any]) -> bool:
    """Whether the last run of a host was a prune, real or dry."""
    return row["run_kind"] in (PRUNED, DRY_RUN)


def _kind(where: str, value: object) -> str:
    return as_one_of(where, value, (REPORT, PRUNED, DRY_RUN))


def _outcome(where: str, value: object) -> str:
    return as_one_of(where, value, (SUCCEEDED, FAILED))


def _reasons(where: str, value: object) -> dict[str, int]:
    found = [(as_text(where, reason), as_natural(where, count)) for reason, count in as_mapping(where, value).items()]
    return dict(sorted(found, key=lambda item: (-item[1], item[0]))[:_SHOWN])


def _services(where: str, value: object) -> list[Row]:
    return [_service(*item) for item in as_items(where, value)][:_SHOWN]


def _service(where: str, value: object) -> Row:
    service = as_mapping(where, value)
    return {
        "name": as_text(where, service.get("name")),
        "down_seconds": nullable(_seconds, where, service.get("down_seconds")),
    }


def _seconds(where: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LONGEST:
        raise MalformedFacts(f"{where} is no number of seconds")
    return value


_READERS: dict[str, tuple[str, Callable[[str, object], object]]] = {
    "run_time": ("time", as_time),
    "run_kind": ("kind", _kind),
    "run_outcome": ("outcome", _outcome),
    "run_pruned": ("pruned", as_natural),
    "run_freed_bytes": ("freed", as_natural),
    "run_kept": ("kept", as_natural),
    "run_down_seconds": ("down", _seconds),
    "run_kept_reasons": ("kept_reasons", _reasons),
    "run_services": ("services", _services),
}
