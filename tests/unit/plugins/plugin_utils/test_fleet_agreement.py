# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All forms of a report say the same numbers, of whatever fleet and whatever its names are."""

from __future__ import annotations

import csv
import io
import json
import re
import typing as t

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.ocrfleet.aspose.plugins.filter.ocr_fleet_summary import ocr_fleet_summary
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_markdown import LENGTH, to_markdown
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_metrics import to_prometheus
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_page import to_html
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_table import to_table
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_text import to_csv, to_hosts_csv, to_json
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._report_meta import describe_report
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.plugin_utils.test_causes import NOW, facts

Row = dict[str, t.Any]

HOSTILE = st.sampled_from(
    [
        "<script>",
        '"',
        "\\",
        "a\nb",
        "\x1b[31m",
        '{x="1"} 5\n# HELP',
        "|",
        "`",
        "=1+1",
        "@x",
        "\u202e",
        "東京",
        ",",
        "\r",
        "é",
    ]
)
NAMES = st.lists(st.one_of(HOSTILE, st.text(max_size=8)), min_size=1, max_size=3).map("".join)
SIZES = st.one_of(st.integers(0, 5000), st.just(2**40), st.just(2**63 - 1))
MODELS = st.lists(
    st.fixed_dictionaries(
        {
            "directory": st.just("/m"),
            "name": NAMES,
            "status": st.sampled_from(["current", "stale", "incomplete"]),
            "bytes": SIZES,
            "allocated_bytes": SIZES,
            "in_use": st.sampled_from([True, False, None]),
        }
    ),
    max_size=5,
)
RUNS = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {
            "time": st.just(NOW),
            "kind": st.sampled_from(["report", "prune", "dry run"]),
            "outcome": st.sampled_from(["succeeded", "failed"]),
            "pruned": st.integers(0, 9),
            "freed": SIZES,
            "kept": st.integers(0, 9),
            "kept_reasons": st.dictionaries(NAMES, st.integers(0, 9), max_size=2),
            "services": st.lists(st.fixed_dictionaries({"name": NAMES, "down_seconds": st.sampled_from([None, 0.25])})),
            "down": st.sampled_from([0, 0.25, 7]),
        }
    ),
)


def host(models: list[Row], pending: int | None, engine: str) -> Row:
    """Return the facts of a host with these models."""

    def total(column: str, status: str) -> int:
        return sum(model[column] for model in models if model["status"] == status)

    sums: Row = {"count": len(models), "pending_bytes": pending}
    for column in ("bytes", "allocated_bytes"):
        sums[column] = sum(model[column] for model in models)
    for status in ("stale", "incomplete"):
        sums[f"{status}_count"] = sum(1 for model in models if model["status"] == status)
        sums[f"{status}_bytes"] = total("bytes", status)
    return facts(**sums, models=models, engine={"state": engine, "version": engine, "message": engine})


HOSTS = st.one_of(st.none(), st.builds(host, MODELS, st.one_of(st.none(), SIZES), st.one_of(NAMES, st.just("failed"))))
FLEETS = st.dictionaries(NAMES, st.tuples(HOSTS, RUNS, st.one_of(st.none(), NAMES)), max_size=5)


def metrics_of(text: str) -> dict[str, dict[str, float]]:
    """Return the samples of each metric by their labels, read as strictly as the format is documented."""
    found: dict[str, dict[str, float]] = {}
    label = r'[a-z_]+="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
    for line in text.split("\n"):
        if line.startswith(("# HELP ", "# TYPE ")):
            continue
        match = re.fullmatch(rf"([a-z_]+)(\{{{label}(?:,{label})*\}})? ([-0-9.e+]+)", line)
        assert match, line
        samples = found.setdefault(match[1], {})
        assert (match[2] or "") not in samples, "a sample stands there once"
        samples[match[2] or ""] = float(match[3])
    return found


def total(metrics: dict[str, dict[str, float]], name: str, *having: str) -> float:
    """Return the sum of those samples of a metric that have these labels."""
    return sum(value for labels, value in metrics.get(name, {}).items() if all(label in labels for label in having))


def unpacked(column: t.Any, count: int) -> list[t.Any]:
    """Return the values of a column of the page's data, as _page_data packs them."""
    if isinstance(column, list):
        return column
    return [column["of"][place] for place in column.get("at", [0] * count)]


def check_page(page: str, found: Row) -> None:
    """Check that the page has the totals, in its tiles and in what its script reads."""
    totals = found["totals"]
    for box, name in (("models", "bytes"), ("stale", "stale_bytes"), ("incomplete", "incomplete_bytes")):
        tile = re.search(rf'id="total-{box}".*?<data value="(\d+)"', page, re.DOTALL)
        assert tile and int(tile[1]) == totals[name]
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert match
    data = json.loads(match[1])
    hosts = {name: unpacked(column, data["count"]) for name, column in data["hosts"].items()}
    assert data["count"] == totals["hosts"]
    if data["count"]:
        assert sum(size or 0 for size in hosts["reclaimable_bytes"]) == totals["reclaimable_bytes"]
        assert sum(hosts["listed"]) == totals["models"]
        for action in found["actions"]:
            assert sum(1 for causes in hosts["causes"] if action["key"] in causes) == len(action["hosts"])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", page)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FLEETS)
def test_all_forms_say_the_same_numbers(fleet: dict[str, tuple[Row | None, Row | None, str | None]]) -> None:
    found = {
        "meta": describe_report(time=NOW, run_id="1", run_kind="cache"),
        **ocr_fleet_summary(
            {name: own[0] for name, own in fleet.items()},
            failures={name: own[2] for name, own in fleet.items() if own[2]},
            runs={name: own[1] for name, own in fleet.items() if own[1]},
            time=NOW,
        ),
    }
    totals = found["totals"]
    assert json.loads(to_json(found)) == found

    models = [
        row
        for row in csv.DictReader(io.StringIO(to_csv(found), newline=""))
        if row["status"] not in ("empty", "missing")
    ]
    hosts = list(csv.DictReader(io.StringIO(to_hosts_csv(found), newline="")))
    known = [row for row in hosts if not row["reason"]]
    assert (len(hosts), len(known), len(models)) == (totals["hosts"], totals["reported"], totals["models"])
    for column in ("bytes", "allocated_bytes"):
        assert sum(int(row[column]) for row in models) == totals[column] == sum(int(row[column]) for row in known)
    assert sum(int(row["reclaimable_bytes"]) for row in known) == totals["reclaimable_bytes"]
    for status in ("stale", "incomplete"):
        rows = [row for row in models if row["status"] == status]
        assert len(rows) == totals[f"{status}_count"] == sum(row["statuses"][status] for row in found["by_model"])
        assert sum(int(row["allocated_bytes"]) for row in rows) == totals[f"{status}_allocated_bytes"]
    for action in found["actions"]:
        assert sum(1 for row in hosts if action["key"] in row["causes"].split("; ")) == len(action["hosts"])
        assert sum(len(reason["hosts"]) for reason in action["reasons"]) == len(action["hosts"])

    metrics = metrics_of(to_prometheus(found))
    assert total(metrics, "ocr_fleet_hosts") == totals["hosts"]
    assert total(metrics, "ocr_fleet_host_reported") == totals["reported"]
    assert total(metrics, "ocr_fleet_models") == totals["models"] == total(metrics, "ocr_fleet_host_models")
    assert total(metrics, "ocr_fleet_reclaimable_bytes") == float(totals["reclaimable_bytes"])
    assert total(metrics, "ocr_fleet_models", 'status="stale"') == totals["stale_count"]
    for action in found["actions"]:
        label = f'cause="{action["key"]}"'
        assert total(metrics, "ocr_fleet_hosts_needing_action", label) == len(action["hosts"])
        assert total(metrics, "ocr_fleet_host_needs_action", label) == len(action["hosts"])
    for kind, run in totals["runs"].items():
        assert total(metrics, "ocr_fleet_host_run_pruned_models", f'kind="{kind}"') == run["pruned"]

    lines = to_table(found, rows=3)
    page = to_markdown(found, title="t")
    plain = page.replace("\\", "")
    for text in ("\n".join(lines), plain):
        assert f"{totals['reclaimable_bytes']} bytes" in text and f"{totals['bytes']} bytes" in text
        assert f"{totals['hosts']}, {totals['reported']} reported" in text
        for action in found["actions"]:
            assert f"{action['label']}: {len(action['hosts'])} host" in text
        for run in totals["runs"].values():
            assert f", {run['freed_bytes']} bytes), kept {run['kept']}" in text
    assert (lines[0] == "Nothing to do") == ("**Nothing to do**" in page) == (not found["actions"])
    check_page(to_html(found, title="t"), found)
    assert len(page) < LENGTH
    for line in lines:
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", line)
    printed = [line for line in page.split("\n") if line.startswith("|")]
    assert all(line.endswith(" |") for line in printed)
