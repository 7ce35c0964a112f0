# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metrics by those who read them: promtool, a node exporter, a Prometheus server; and the examples for them."""

from __future__ import annotations

import http
import json
import shutil
import socket
import subprocess
import time
import typing as t
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import example_fleet
import pytest
from conftest import Controller
from tested_with import Record

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples" / "prometheus"
RULE_TESTS = Path(__file__).resolve().parent / "files" / "alerts_test.yml"
RUN: dict[str, t.Any] = {
    "time": "2026-11-20T12:00:00Z",
    "kind": "prune",
    "outcome": "succeeded",
    "failure": None,
    "pruned": 3,
    "freed": 7,
    "kept": 1,
    "kept_reasons": {},
    "services": [],
    "down": 0.25,
}


def free_ports() -> tuple[int, int]:
    """Return two ports that nobody listens on."""
    # Both are held until both are known, or they could be one.
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def get(url: str) -> str:
    """Return what is at a URL, as soon as something listens there and is ready."""
    for _attempt in range(150):
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return t.cast(str, answer.read().decode())
        except urllib.error.HTTPError as error:
            if error.code != http.HTTPStatus.SERVICE_UNAVAILABLE:
                return error.read().decode()
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"nothing answers at {url}")


@pytest.fixture
def report(controller: Controller) -> Path:
    """Return the folder of the report of a fleet that has some of everything, also of what is hostile."""
    facts = {**example_fleet.everyday_fleet()[0], **example_fleet.hostile_fleet()[0]}
    odd = example_fleet.engine('2"6\\.\n10}', 'rel"eased\\')
    facts["quoted"] = example_fleet.host([example_fleet.model("x", 1)], engine=odd)
    inventory = controller.seed(facts, {"ocr-ams-01": RUN})
    values = {"ocr_fleet_report_from_cache": True, "ocr_fleet_report_time": "2026-11-20T13:00:00Z"}
    controller.run("ansible-playbook", "-i", inventory, "ocrfleet.aspose.report", "-e", json.dumps(values))
    return controller.home / "ocr-report"


class Server(t.NamedTuple):
    """A Prometheus server that scrapes the report."""

    url: str

    def query(self, expression: str) -> list[t.Any]:
        """Return the samples of a query; fails when the server does not take it."""
        answer = json.loads(get(f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"))
        assert answer["status"] == "success", (expression, answer)
        return t.cast("list[t.Any]", answer["data"]["result"])

    def value(self, expression: str) -> float:
        """Return the one value of a query."""
        (sample,) = self.query(expression)
        return float(sample["value"][1])


@pytest.fixture
def server(report: Path, tmp_path: Path) -> Iterator[Server]:
    """Run a node exporter on the report's folder and a server that scrapes it."""
    exporter_port, port = free_ports()
    exporter = f"127.0.0.1:{exporter_port}"
    (tmp_path / "prometheus.yml").write_text(
        json.dumps(
            {
                "global": {"scrape_interval": "1s"},
                "rule_files": [str(EXAMPLES / "alerts.yml")],
                "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [exporter]}]}],
            }
        )
    )
    commands = (
        [
            *("prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile"),
            *(f"--collector.textfile.directory={report}", f"--web.listen-address={exporter}"),
        ],
        [
            *("prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data"),
            f"--web.listen-address=127.0.0.1:{port}",
        ],
    )
    processes = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for command in commands]
    try:
        assert "node_textfile_scrape_error 0" in get(f"http://{exporter}/metrics")
        found = Server(f"http://127.0.0.1:{port}")
        for _attempt in range(100):
            answer = json.loads(get(f"{found.url}/api/v1/query?query=ocr_fleet_hosts") or "{}")
            if answer.get("data", {}).get("result"):
                break
            time.sleep(0.3)
        yield found
    finally:
        for process in processes:
            process.terminate()
            process.wait(timeout=20)


def test_promtool_finds_no_fault(report: Path) -> None:
    with (report / "report.prom").open() as metrics:
        done = subprocess.run(
            ["promtool", "check", "metrics"], stdin=metrics, capture_output=True, text=True, check=False
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_server_has_the_numbers_of_the_report(report: Path, server: Server, record_property: Record) -> None:
    record_property("tested", "report in: Prometheus")
    found = json.loads((report / "report.json").read_text(encoding="utf-8"))
    totals = found["totals"]
    assert (
        server.value('ocr_fleet_hosts{state="reported"}')
        == totals["reported"]
        == server.value("sum(ocr_fleet_host_reported)")
    )
    assert server.value("sum(ocr_fleet_models)") == totals["models"] == server.value("sum(ocr_fleet_host_models)")
    assert server.value("sum(ocr_fleet_models_allocated_bytes)") == totals["allocated_bytes"]
    assert server.value("sum(ocr_fleet_host_models_allocated_bytes)") == totals["allocated_bytes"]
    assert server.value("ocr_fleet_reclaimable_bytes") == totals["reclaimable_bytes"]
    assert server.value("sum(ocr_fleet_host_reclaimable_bytes)") == totals["reclaimable_bytes"]
    assert (
        server.value("ocr_fleet_pending_bytes")
        == totals["pending_bytes"]
        == server.value("sum(ocr_fleet_host_pending_bytes)")
    )
    for action in found["actions"]:
        selector = f'{{cause="{action["key"]}"}}'
        assert server.value(f"ocr_fleet_hosts_needing_action{selector}") == len(action["hosts"])
        assert {sample["metric"]["host"] for sample in server.query(f"ocr_fleet_host_needs_action{selector}")} == set(
            action["hosts"]
        )
    assert server.value('ocr_fleet_host_run_freed_bytes{host="ocr-ams-01", kind="prune"}') == 7
    assert server.value('ocr_fleet_host_run_down_seconds{host="ocr-ams-01"}') == 0.25


def test_a_hostile_name_is_one_label(server: Server) -> None:
    (sample,) = server.query('ocr_fleet_host_engine_info{host="quoted"}')
    assert (sample["metric"]["version"], sample["metric"]["state"]) == ('2"6\\.\\u000a10}', 'rel"eased\\')
    (sample,) = server.query('ocr_fleet_host_engine_info{host="evil"}')
    assert sample["metric"]["version"] == "<s>1</s>"


def test_the_rules_warn_when_they_should_and_only_then(tmp_path: Path) -> None:
    for file in (EXAMPLES / "alerts.yml", RULE_TESTS):
        shutil.copy(file, tmp_path)
    done = subprocess.run(
        ["promtool", "test", "rules", RULE_TESTS.name], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_queries_of_rules_and_dashboard_are_taken_and_find_something(server: Server) -> None:
    rules = json.loads(get(f"{server.url}/api/v1/rules"))["data"]["groups"][0]["rules"]
    assert len(rules) == 6
    dashboard = json.loads((EXAMPLES / "grafana-dashboard.json").read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(queries) == len(dashboard["panels"]) > 10
    for query in queries:
        assert server.query(query.replace("$host", ".*")), query
    for rule in rules:
        metrics = [word for word in rule["query"].replace("{", " ").split() if word.startswith("ocr_fleet_")]
        for metric in metrics:
            assert server.query(metric) or metric == "ocr_fleet_host_required_models", rule["name"]
