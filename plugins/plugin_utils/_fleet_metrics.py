# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Write a fleet's summary in the text format of Prometheus, for the textfile collector of a node exporter.

Names and units follow https://prometheus.io/docs/practices/naming/: base units, everything a gauge. What a host does
not know has no sample. A model has none of its own: names that hosts choose would be labels without end.
"""

from __future__ import annotations

import operator
import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping

from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import CURRENT, INCOMPLETE, STALE
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import CAUSES, seconds_of
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import Row
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import visible
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._host_facts import LACKING_STATES
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._maintenance import SUCCEEDED

Samples = Iterable[tuple[dict[str, str], object]]

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def to_prometheus(summary: Mapping[str, t.Any]) -> str:
    """Return the metrics: a help text, a type and the samples of each that has any."""
    lines: list[str] = []
    for name, help_text, samples in _metrics(summary):
        found = [f"{name}{_labels(labels)} {value}" for labels, value in samples if value is not None]
        if found:
            lines += [f"# HELP {name} {help_text}", f"# TYPE {name} gauge", *found]
    return "\n".join(lines)


def _metrics(summary: Mapping[str, t.Any]) -> Iterator[tuple[str, str, Samples]]:
    yield from _of_the_report(summary)
    hosts = list({host["host"]: host for host in summary["hosts"]}.values())
    known = [host for host in hosts if host["reason"] is None]
    yield _of_hosts("reported", "Whether the host reported.", hosts, lambda host: int(host["reason"] is None))
    yield (
        "ocr_fleet_host_needs_action",
        "Whether the host needs action for this cause; a cause that it does not have has no sample.",
        (({"host": host["host"], "cause": cause}, 1) for host in hosts for cause in host["causes"]),
    )
    yield (
        "ocr_fleet_host_models",
        "Models of the host by their state.",
        (({"host": host["host"], "status": status}, count) for host in known for status, count in _counts(host)),
    )
    yield (
        "ocr_fleet_host_models_allocated_bytes",
        "What the models of the host take up on the disk, by their state.",
        (({"host": host["host"], "status": status}, size) for host in known for status, size in _sizes(host)),
    )
    for name, help_text, column in _COLUMNS:
        yield _of_hosts(name, help_text, known, operator.itemgetter(column))
    yield _of_hosts(
        "facts_timestamp_seconds",
        "When the facts of the host were gathered, by its clock.",
        known,
        lambda host: seconds_of(host["gathered_at"]),
    )
    yield (
        "ocr_fleet_host_required_models",
        "Models that the host must have and that are missing or different.",
        (
            ({"host": host["host"], "state": state}, host[f"{state}_count"])
            for host in known
            for state in LACKING_STATES
        ),
    )
    yield (
        "ocr_fleet_host_engine_info",
        "The state of the engine on the host and the version of its SDK.",
        (
            ({"host": host["host"], "state": host["engine_state"], "version": host["engine_version"] or ""}, 1)
            for host in known
        ),
    )
    yield from _of_runs([host for host in hosts if host["run_kind"] is not None])


_COLUMNS = (
    ("pending_bytes", "What deleted models still take up on the disk of the host.", "pending_bytes"),
    ("reclaimable_bytes", "What stale, incomplete and pending models take up on the disk.", "reclaimable_bytes"),
    ("models_in_use", "Models of the host that processes have open.", "in_use_count"),
    ("disk_size_bytes", "Size of the file system of the models that is nearest to being full.", "disk_total_bytes"),
    ("disk_available_bytes", "What is available on that file system.", "disk_available_bytes"),
)


def _of_the_report(summary: Mapping[str, t.Any]) -> Iterator[tuple[str, str, Samples]]:
    totals, meta = summary["totals"], summary["meta"]
    yield (
        "ocr_fleet_timestamp_seconds",
        "The time of the report.",
        [({}, seconds_of(meta["time"]))],
    )
    yield (
        "ocr_fleet_info",
        "Which report this is.",
        [({"collection_version": meta["collection_version"], "run_kind": meta["run"]["kind"]}, 1)],
    )
    waiting = totals["not_yet_reached"]
    states = {"reported": totals["reported"], "missing": totals["missing"] - waiting, "not_yet_reached": waiting}
    yield (
        "ocr_fleet_hosts",
        "Hosts of the report by what became of them.",
        [({"state": state}, number) for state, number in states.items()],
    )
    found = {action["key"]: len(action["hosts"]) for action in summary["actions"]}
    yield (
        "ocr_fleet_hosts_needing_action",
        "Hosts that need action, by cause; a host may have several.",
        [({"cause": cause.key}, found.get(cause.key, 0)) for cause in CAUSES],
    )
    yield (
        "ocr_fleet_models",
        "Models of all hosts by their state.",
        [({"status": status}, count) for status, count in _counts({**totals, "count": totals["models"]})],
    )
    yield (
        "ocr_fleet_models_allocated_bytes",
        "What the models of all hosts take up on the disks, by their state.",
        [({"status": status}, size) for status, size in _sizes(totals)],
    )
    yield "ocr_fleet_pending_bytes", "What deleted models still take up on the disks.", [({}, totals["pending_bytes"])]
    yield (
        "ocr_fleet_reclaimable_bytes",
        "What stale, incomplete and pending models take up on the disks.",
        [({}, totals["reclaimable_bytes"])],
    )


def _of_runs(hosts: list[Row]) -> Iterator[tuple[str, str, Samples]]:
    for name, help_text, read in _RUN_METRICS:
        yield (
            f"ocr_fleet_host_run_{name}",
            help_text,
            (({"host": host["host"], "kind": host["run_kind"]}, read(host)) for host in hosts),
        )


_RUN_METRICS: tuple[tuple[str, str, Callable[[Row], object]], ...] = (
    (
        "timestamp_seconds",
        "When the last run on the host was, by its kind.",
        lambda host: None if host["run_time"] is None else seconds_of(host["run_time"]),
    ),
    (
        "success",
        "Whether the last run on the host succeeded.",
        lambda host: None if host["run_outcome"] is None else int(host["run_outcome"] == SUCCEEDED),
    ),
    ("pruned_models", "Models that the last run pruned, or would have.", lambda host: host["run_pruned"]),
    ("freed_bytes", "What the last run freed, or would have.", lambda host: host["run_freed_bytes"]),
    ("kept_models", "Stale or incomplete models that the last run kept.", lambda host: host["run_kept"]),
    ("down_seconds", "How long a service was down in the last run at most.", lambda host: host["run_down_seconds"]),
)


def _of_hosts(name: str, help_text: str, hosts: list[Row], read: Callable[[Row], object]) -> tuple[str, str, Samples]:
    return f"ocr_fleet_host_{name}", help_text, (({"host": host["host"]}, read(host)) for host in hosts)


def _counts(row: Row) -> list[tuple[str, int]]:
    current = row["count"] - row["stale_count"] - row["incomplete_count"]
    return [(CURRENT, max(current, 0)), (STALE, row["stale_count"]), (INCOMPLETE, row["incomplete_count"])]


def _sizes(row: Row) -> list[tuple[str, int]]:
    stale, incomplete = row["stale_allocated_bytes"], row["incomplete_allocated_bytes"]
    return [(CURRENT, max(row["allocated_bytes"] - stale - incomplete, 0)), (STALE, stale), (INCOMPLETE, incomplete)]


def _labels(labels: Mapping[str, str]) -> str:
    text = ",".join(f'{name}="{visible(value).translate(_ESCAPES)}"' for name, value in labels.items())
    return f"{{{text}}}" if text else ""
