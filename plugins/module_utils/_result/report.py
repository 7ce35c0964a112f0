# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What a module that changes models hands back."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

# More reasons than that make a line that nobody reads; the rest is counted.
_SHOWN_REASONS = 3
# How the reason begins for a model that a process has, or may have.
IN_USE = "in use"

# What a failed task still returns beside the names: its facts and descriptions would bury the reason.
_KEPT_OF_A_FAILURE = ("changed", "backup", "backups", "expired_backups", "freed_bytes", "freed_bytes_exact", "services")
_NAMED_OF_A_FAILURE = ("pruned", "restored", "kept")


class Report(Record):
    """The result, why the task fails if it does, and what else the user should know."""

    result: dict[str, t.Any]
    failure: str | None
    warnings: list[str]

    def of_failure(self) -> dict[str, t.Any]:
        """Return what a failed task returns: which models went, stayed and failed, by name, and what was changed."""
        short = {name: self.result[name] for name in _KEPT_OF_A_FAILURE if name in self.result}
        for name in _NAMED_OF_A_FAILURE:
            if name in self.result:
                short[name] = [model["name"] for model in self.result[name]]
        short["failed_models"] = [
            {"name": model["name"], "error": model["error"]} for model in self.result["failed_models"]
        ]
        return short


def kept_parts(reasons: t.Iterable[str]) -> list[str]:
    """Return what is said of the models that stay: how many for which reason, the most frequent reasons first."""
    counts: dict[str, int] = {}
    for reason in reasons:
        counts[reason] = counts.get(reason, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (item[0].startswith(IN_USE), -item[1], item[0]))
    parts = [
        f"{count} {reason}" if reason.startswith(IN_USE) else f"kept {count} ({reason})"
        for reason, count in ordered[:_SHOWN_REASONS]
    ]
    rest = sum(count for _reason, count in ordered[_SHOWN_REASONS:])
    return [*parts, f"{rest} more stay"] if rest else parts
