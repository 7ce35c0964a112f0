# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Say in one line what a module found or did: the ``msg`` of its result."""

from __future__ import annotations

import typing as t

# More reasons than that make a line that nobody reads; the rest is counted.
_SHOWN_REASONS = 3
_IN_USE = "in use "


def size_text(size: int) -> str:
    """Return a number of bytes as people read it, in powers of 1024: ``512 B``, ``28.0 MiB``."""
    if size < 1024:
        return f"{size} B"
    amount = float(size)
    for unit in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        amount /= 1024
        if amount < 1024:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1024:.1f} EiB"


def models_text(count: int) -> str:
    """Return ``1 model`` or ``2 models``."""
    return f"{count} model{'' if count == 1 else 's'}"


def facts_summary(facts: t.Mapping[str, t.Any]) -> str:
    """Sum up the facts of the model directories."""
    missing = [f"{directory['path']} does not exist" for directory in facts["directories"] if not directory["exists"]]
    there = len(facts["directories"]) - len(missing)
    if not there:
        return ", ".join(missing + _required(facts))
    within = f" in {there} directories" if there > 1 else ""
    parts = [f"{models_text(facts['count'])} ({size_text(facts['bytes'])}){within}"]
    for name in ("stale", "incomplete"):
        if facts[f"{name}_count"]:
            parts.append(f"{facts[f'{name}_count']} {name} ({size_text(facts[f'{name}_bytes'])})")
    if facts["in_use_count"]:
        parts.append(f"{facts['in_use_count']} in use")
    parts += _required(facts)
    return ", ".join(parts + _pending(facts["pending_bytes"]) + missing)


def prune_summary(result: t.Mapping[str, t.Any], *, total: int, check_mode: bool) -> str:
    """Sum up the result of a prune; ``total`` is how many models there were before."""
    verb = "would prune" if check_mode else "pruned"
    freed = f"{'' if result['freed_bytes_exact'] else 'at most '}{size_text(result['freed_bytes'])}"
    parts = [f"{verb} {len(result['pruned'])} of {models_text(total)} ({freed} freed)"]
    parts += kept_parts([model["reason"] for model in result["kept"]])
    if result["failed_models"]:
        parts.append(f"{len(result['failed_models'])} failed")
    if result["min_free_missing_bytes"]:
        parts.append(f"{size_text(result['min_free_missing_bytes'])} short of min_free")
    parts += _required(result["ocr_models"])
    parts += _pending(result["pending_bytes"])
    stopped = [service["name"] for service in result.get("services", []) if service["stopped"]]
    if stopped:
        parts.append(f"{'would stop' if check_mode else 'stopped'} {', '.join(stopped)}")
    if result["expired_backups"]:
        parts.append(f"{len(result['expired_backups'])} expired backup sets {'would go' if check_mode else 'removed'}")
    return ", ".join(parts)


def restore_summary(result: t.Mapping[str, t.Any], *, check_mode: bool) -> str:
    """Sum up the result of a restore."""
    if not result["backups"]:
        return "no backup set to restore"
    total = sum(len(result[name]) for name in ("restored", "kept", "failed_models"))
    sets = [backup["name"] for backup in result["backups"]]
    verb = "would restore" if check_mode else "restored"
    parts = [f"{verb} {len(result['restored'])} of {models_text(total)} of {', '.join(sets)}"]
    parts += kept_parts([model["reason"] for model in result["kept"]])
    if result["failed_models"]:
        parts.append(f"{len(result['failed_models'])} failed")
    return ", ".join(parts)


def sets_summary(sets: t.Sequence[t.Mapping[str, t.Any]], place: str) -> str:
    """Name the backup sets of ``place``, oldest first, each with what is in it."""
    if not sets:
        return f"no backup set of {place}"
    return "; ".join([f"{len(sets)} backup set{'' if len(sets) == 1 else 's'} of {place}", *map(_set_text, sets)])


def _set_text(found: t.Mapping[str, t.Any]) -> str:
    parts = [f"{models_text(found['models'])} ({size_text(found['bytes'])})"] if found["models"] is not None else []
    if found["host"] is not None:
        parts.append(f"of host {found['host']}")
    if found["complete"] is False:
        parts.append("from a prune that was killed")
    if not found["restorable"]:
        parts.append("cannot be restored")
    if found["reason"] is not None:
        parts.append(found["reason"])
    return f"{found['name']}: {', '.join(parts)}"


def kept_parts(reasons: t.Iterable[str]) -> list[str]:
    """Return what is said of the models that stay: how many for which reason, the most frequent reasons first."""
    counts: dict[str, int] = {}
    for reason in reasons:
        counts[reason] = counts.get(reason, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (item[0].startswith(_IN_USE), -item[1], item[0]))
    parts = [
        f"{count} {reason}" if reason.startswith(_IN_USE) else f"kept {count} ({reason})"
        for reason, count in ordered[:_SHOWN_REASONS]
    ]
    rest = sum(count for _reason, count in ordered[_SHOWN_REASONS:])
    return [*parts, f"{rest} more stay"] if rest else parts


def _required(facts: t.Mapping[str, t.Any]) -> list[str]:
    """Return what is said of the models that the host must have, nothing where it has them."""
    return [f"{facts[f'{name}_count']} required {name}" for name in ("missing", "different") if facts[f"{name}_count"]]


def _pending(pending_bytes: int | None) -> list[str]:
    return [f"{size_text(pending_bytes)} pending"] if pending_bytes else []
