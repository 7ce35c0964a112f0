# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook and the role by real runs: every host is listed, the files agree, and nothing is written twice."""

from __future__ import annotations

import csv
import json
import re
import typing as t
from pathlib import Path

import example_fleet
import pytest
from conftest import Controller

from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import one_line

REPORT = "ocrfleet.aspose.report"
FILES = ["history.jsonl", "hosts.csv", "report.csv", "report.html", "report.json", "report.md", "report.prom"]
FROM_CACHE = ("-e", "ocr_fleet_report_from_cache=true", "-e", "ocr_fleet_report_time=2026-11-20T13:00:00Z")
UNREACHABLE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9}


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of each file of a report."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def load(folder: Path) -> dict[str, t.Any]:
    """Return the JSON of a report."""
    found: dict[str, t.Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return found


def reasons(folder: Path) -> dict[str, str | None]:
    """Return why hosts are missing in a report."""
    return {row["host"]: row["reason"] for row in load(folder)["hosts"]}


class TestLiveHosts:
    """The playbook asks the hosts itself."""

    @pytest.fixture
    def inventory(self, controller: Controller) -> str:
        """Return a fleet of one good host, one that fails, and one that nobody can reach."""
        models = controller.home / "models"
        models.mkdir()
        (models / "latin.onnx").write_bytes(b"x" * 10)
        (models / "old_fr.bin").write_bytes(b"x" * 7)
        file = controller.home / "a-file"
        file.touch()
        skip = {"ocr_maintenance_engine": "skip"}
        return controller.inventory(
            {
                "a-gone": {**UNREACHABLE, **skip, "ocr_maintenance_path": str(models)},
                "b-bad": {**skip, "ocr_maintenance_path": str(file)},
                "good": {**skip, "ocr_maintenance_path": str(models)},
            }
        )

    def test_hosts_that_do_not_answer_are_listed_with_the_reason(self, controller: Controller, inventory: str) -> None:
        output = controller.run("ansible-playbook", "-i", inventory, REPORT)
        why = reasons(controller.home / "ocr-report")
        assert str(why["a-gone"]).startswith("unreachable: ") and "Connection refused" in str(why["a-gone"])
        assert str(why["b-bad"]).startswith("failed: ") and "not a directory" in str(why["b-bad"])
        assert why["good"] is None
        totals = load(controller.home / "ocr-report")["totals"]
        assert (totals["bytes"], totals["stale_bytes"], totals["missing"]) == (17, 7, 2)
        assert re.search(r"\ngood +2 +17 B +[0-9.]+ KiB +1 \([0-9.]+ KiB\)", output)
        assert "\n    - b-bad: failed: " in output
        assert f"{controller.home}/ocr-report/report.html" in output

    def test_the_report_is_written_when_no_host_answers(self, controller: Controller, inventory: str) -> None:
        controller.run("ansible-playbook", "-i", inventory, REPORT, "--limit", "a-gone,b-bad")
        assert [why is None for why in reasons(controller.home / "ocr-report").values()] == [False, False]

    def test_cached_facts_do_not_count_for_a_host_that_does_not_answer(
        self, controller: Controller, inventory: str
    ) -> None:
        controller.run("ansible-playbook", "-i", inventory, REPORT, "--limit", "good")
        (controller.home / "gone.json").write_text(json.dumps({"all": {"hosts": {"good": UNREACHABLE}}}))
        controller.run("ansible-playbook", "-i", inventory, "-i", "gone.json", REPORT, "--limit", "good")
        assert str(reasons(controller.home / "ocr-report")["good"]).startswith("unreachable: ")
        controller.run("ansible-playbook", "-i", inventory, "-i", "gone.json", REPORT, "--limit", "good", *FROM_CACHE)
        assert reasons(controller.home / "ocr-report") == {"good": None}

    def test_hosts_that_a_play_lost_are_listed(self, controller: Controller, inventory: str) -> None:
        (controller.home / "play.yml").write_text(
            """
- name: Lose hosts before the role
  hosts: all
  gather_facts: false
  tasks:
    - name: Gather the model facts
      ocrfleet.aspose.ocr_model_facts:
        path: "{{ ocr_maintenance_path }}"
        engine: skip
    - name: Report
      ansible.builtin.import_role:
        name: ocrfleet.aspose.ocr_fleet_report
"""
        )
        controller.run("ansible-playbook", "-i", inventory, "play.yml", expect=4)
        why = reasons(controller.home / "ocr-report")
        lost = "failed or became unreachable in this run, before it reported"
        assert why == {"a-gone": lost, "b-bad": lost, "good": None}


def test_a_play_fails_for_a_cause_after_its_files_are_written(controller: Controller) -> None:
    facts = example_fleet.host([example_fleet.model("old_x", 5)])
    inventory = controller.seed({"a": facts, "b": None})
    controller.environment["ANSIBLE_SHOW_CUSTOM_STATS"] = "1"
    command = ("ansible-playbook", "-i", inventory, REPORT, *FROM_CACHE, "-e")
    output = controller.run(*command, "ocr_fleet_report_fail_on=no_report,stale", expect=2)
    assert "No report: 1 host; Stale models: 1 host, 4.00 KiB to gain" in output
    assert "\nReport: " in output and load(controller.home / "ocr-report")["totals"]["hosts"] == 2
    output = controller.run(*command, "ocr_fleet_report_fail_on=pending")
    stats = json.loads(output[output.index("RUN: ") + len("RUN: ") :])["ocr_fleet_report"]
    assert (stats["totals"]["stale_count"], stats["needs_action"]) == (1, {"no_report": 1, "stale": 1})


def test_a_callback_of_json_stays_json(controller: Controller) -> None:
    inventory = controller.seed({"a": example_fleet.host([example_fleet.model("old_x", 5)])})
    controller.environment["ANSIBLE_STDOUT_CALLBACK"] = "ansible.posix.json"
    found = json.loads(controller.run("ansible-playbook", "-i", inventory, REPORT, *FROM_CACHE))
    results = [task["hosts"]["a"] for play in found["plays"] for task in play["tasks"] if "table" in task["hosts"]["a"]]
    assert [result["table"][:2] for result in results] == [["Needs action", "  Stale models: 1 host, 4.00 KiB to gain"]]


SERIAL = """
- name: Report after each batch
  hosts: all
  serial: 1
  gather_facts: false
  tasks:
    - name: Gather the model facts
      ocrfleet.aspose.ocr_model_facts:
        path: "{{ models }}"
        engine: skip
      register: ocr_maintenance_result
      ignore_errors: true
    - name: Report
      ansible.builtin.import_role:
        name: ocrfleet.aspose.ocr_fleet_report
    - name: Keep what was reported
      ansible.builtin.copy:
        src: "{{ playbook_dir }}/ocr-report/report.json"
        dest: "{{ playbook_dir }}/{{ inventory_hostname }}.json"
        mode: "0644"
"""


def test_with_serial_the_table_comes_once_and_hosts_that_wait_are_not_yet_reached(controller: Controller) -> None:
    models = controller.home / "models"
    models.mkdir()
    (controller.home / "play.yml").write_text(SERIAL)
    inventory = controller.inventory(
        {"a": {"models": str(models)}, "b": {"models": "/dev/null"}, "c": {"models": str(models)}}
    )
    # In the second run there are facts of the first one: they do not count for hosts whose turn has not come.
    for _run in range(2):
        arguments = ("-e", "ocr_fleet_report_fail_on=no_report")
        output = controller.run("ansible-playbook", "-i", inventory, "play.yml", *arguments, expect=2)
        assert output.count("\nHOST ") == output.count("Report: ") == 1
        assert output.index("\nHOST ") > output.index("TASK [ocrfleet.aspose.ocr_fleet_report", output.index("[c]"))
        found = {}
        assert output.index('"No report: 1 host"') > output.index("Report: "), "only the last batch fails"
        for host in "ab":
            report = json.loads((controller.home / f"{host}.json").read_text(encoding="utf-8"))
            found[host] = {row["host"]: row["reason"] for row in report["hosts"]}
            assert [action["hosts"] for action in report["actions"]] == ([] if host == "a" else [["b"]])
        assert found["a"] == {"a": None, "b": "not yet reached", "c": "not yet reached"}
        assert str(found["b"].pop("b")).startswith("failed: ")
        assert found["b"] == {"a": None, "c": "not yet reached"}
        assert [row["reason"] is None for row in load(controller.home / "ocr-report")["hosts"]] == [True, False, True]


def test_a_run_that_ends_early_shows_what_it_found(controller: Controller) -> None:
    file = controller.home / "a-file"
    file.touch()
    usual = {"ocr_maintenance_engine": "skip", "ocr_maintenance_path": str(controller.home)}
    inventory = controller.inventory({"a": usual, "b": {**usual, "ocr_maintenance_path": str(file)}, "c": usual})
    batches = ("-e", "ocr_maintenance_serial=1", "-e", "ocr_fleet_report_dir=ocr-report")
    output = controller.run("ansible-playbook", "-i", inventory, "ocrfleet.aspose.maintain", *batches, expect=2)
    assert output.count("\nNeeds action\n") == output.count("Report: ") == 1
    assert "\n    - b: failed: " in output and "2 missing, 1 not yet reached" in output
    why = reasons(controller.home / "ocr-report")
    assert (why["a"], why["c"]) == (None, "not yet reached")


class TestFromTheCache:
    """No host is touched, and the files are what the facts say."""

    @pytest.fixture
    def fleet(self, controller: Controller) -> str:
        """Return the inventory of a fleet whose facts are in the cache, but whose hosts cannot be reached."""
        facts, _reasons = example_fleet.hostile_fleet()
        controller.seed(facts)
        return controller.inventory(dict.fromkeys(facts, UNREACHABLE))

    def test_check_mode_writes_nothing_and_says_so(self, controller: Controller, fleet: str) -> None:
        folder = controller.home / "ocr-report"
        output = controller.run("ansible-playbook", "-i", fleet, REPORT, *FROM_CACHE, "--check", "--diff")
        assert not folder.exists()
        said = "Check mode: no report was written; in {} {}"
        assert (
            said.format(
                folder,
                "report.html, report.csv, hosts.csv, report.json, report.md, report.prom, history.jsonl would change",
            )
            in output
        )
        assert "Report: " not in output and "<html" not in output and "changed=1" in output
        controller.run("ansible-playbook", "-i", fleet, REPORT, *FROM_CACHE)
        before = contents(folder)
        output = controller.run("ansible-playbook", "-i", fleet, REPORT, *FROM_CACHE, "--check")
        assert said.format(folder, "nothing would change") in output and "changed=0" in output
        assert contents(folder) == before

    def test_the_same_facts_give_the_same_bytes_and_no_change(self, controller: Controller, fleet: str) -> None:
        first = controller.run("ansible-playbook", "-i", fleet, REPORT, *FROM_CACHE, "--diff")
        assert "changed=1" in first and "unreachable=0" in first and "<html" not in first
        folder = controller.home / "ocr-report"
        before = {file.name: (file.stat().st_ino, file.read_bytes()) for file in folder.iterdir()}
        assert sorted(before) == FILES
        second = controller.run("ansible-playbook", "-i", fleet, REPORT, *FROM_CACHE)
        assert "changed=0" in second
        assert {file.name: (file.stat().st_ino, file.read_bytes()) for file in folder.iterdir()} == before
        controller.run("ansible-playbook", "-i", fleet, REPORT, *FROM_CACHE, "-e", "ocr_fleet_report_dir=elsewhere")
        assert contents(controller.home / "elsewhere") == contents(folder)

    @pytest.mark.parametrize(
        ("chosen", "expected", "hosts"),
        [
            ((), ["evil", "good", "liar", "mute"], 1),
            (("-e", "ocr_hosts=good:mute"), ["good", "mute"], 1),
            (("-e", "ocr_hosts="), ["evil", "good", "liar", "mute"], 1),
            (("--limit", "good,mute"), ["good", "mute"], 2),
        ],
    )
    def test_no_task_is_run_for_each_host(
        self, controller: Controller, fleet: str, chosen: tuple[str, ...], expected: list[str], hosts: int
    ) -> None:
        output = controller.run("ansible-playbook", "-i", fleet, REPORT, *FROM_CACHE, *chosen)
        assert sorted(reasons(controller.home / "ocr-report")) == expected
        recap = output.partition("PLAY RECAP")[2].strip().splitlines()[1:]
        skipped = set(re.findall(r"skipping: \[(\S+)\]", output))
        assert len(recap) == len(skipped) == hosts

    def test_a_play_of_ones_own_on_the_controller(self, controller: Controller, fleet: str) -> None:
        (controller.home / "play.yml").write_text(
            """
- name: Report from the cache
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Report
      ansible.builtin.import_role:
        name: ocrfleet.aspose.ocr_fleet_report
      vars:
        ocr_fleet_report_from_cache: true
        ocr_fleet_report_hosts: "{{ groups['all'] }}"
"""
        )
        controller.run("ansible-playbook", "-i", fleet, "play.yml")
        assert sorted(reasons(controller.home / "ocr-report")) == ["evil", "good", "liar", "mute"]

    def test_an_entry_that_cannot_be_read_is_the_reason_of_its_host_alone(
        self, controller: Controller, fleet: str
    ) -> None:
        (entry,) = (controller.home / "cache").glob("*good")
        entry.write_text("{")
        controller.run("ansible-playbook", "-i", fleet, REPORT, *FROM_CACHE)
        why = reasons(controller.home / "ocr-report")
        assert str(why["good"]).startswith("its entry in the fact cache cannot be read: ")
        assert why["evil"] is None

    def test_hostile_names_arrive_unharmed_and_do_no_harm(self, controller: Controller, fleet: str) -> None:
        controller.run("ansible-playbook", "-i", fleet, REPORT, *FROM_CACHE)
        folder = controller.home / "ocr-report"
        names = {row["name"] for row in load(folder)["models"] if row["host"] == "evil"}
        assert names == {one_line(name) for name in example_fleet.HOSTILE_NAMES}
        assert not list(controller.home.rglob("owned"))
        page = (folder / "report.html").read_text(encoding="utf-8")
        assert "{{ 7 * 7 }}" in page and page.lower().count("<script") == 2
        with (folder / "report.csv").open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if re.match(r"\s*[=+\-@\t\r]", cell)]
        formulas = {name for name in names if re.match(r"\s*[=+\-@]", name)}
        assert names - set(cells) == formulas and {f"'{name}" for name in formulas} <= set(cells)
        table = (folder / "report.md").read_text(encoding="utf-8")
        assert not re.search(r"(?<!\\)<script", table)
        rows = [line for line in table.splitlines() if line.startswith("|")]
        assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows} <= {3, 4, 5, 7, 13}

    def test_liars_and_the_silent_are_listed(self, controller: Controller, fleet: str) -> None:
        output = controller.run("ansible-playbook", "-i", fleet, REPORT, *FROM_CACHE)
        why = reasons(controller.home / "ocr-report")
        assert str(why["liar"]).startswith("malformed facts: ")
        assert why["mute"] == "never reported"
        assert "    - mute: never reported\n" in output

    def test_files_are_replaced_as_a_whole(self, controller: Controller, fleet: str) -> None:
        folder = controller.home / "ocr-report"
        folder.mkdir()
        (folder / "report.md").write_text("what a reader has open")
        with (folder / "report.md").open() as reader:
            controller.run("ansible-playbook", "-i", fleet, REPORT, *FROM_CACHE)
            assert reader.read() == "what a reader has open"
        assert sorted(file.name for file in folder.iterdir()) == FILES


def test_all_files_say_the_same_as_the_facts(controller: Controller) -> None:
    facts, _reasons = example_fleet.everyday_fleet()
    inventory = controller.seed(facts)
    controller.run("ansible-playbook", "-i", inventory, REPORT, *FROM_CACHE)
    folder = controller.home / "ocr-report"
    reported = {host: found for host, found in facts.items() if found is not None}
    expected = {
        "models": sum(found["count"] for found in reported.values()),
        **{
            name: sum(found[name] for found in reported.values())
            for name in ("bytes", "stale_count", "stale_bytes", "incomplete_bytes", "pending_bytes")
        },
    }
    totals = load(folder)["totals"]
    assert {name: totals[name] for name in expected} == expected

    with (folder / "report.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    models = [row for row in rows if row["name"]]
    stale = [row for row in models if row["status"] == "stale"]
    assert len(models) == expected["models"]
    assert sum(int(row["bytes"]) for row in models) == expected["bytes"]
    assert (len(stale), sum(int(row["bytes"]) for row in stale)) == (expected["stale_count"], expected["stale_bytes"])
    assert {row["host"] for row in rows} == set(facts)
    assert {row["host"] for row in rows if row["status"] == "missing"} == {h for h in facts if facts[h] is None}

    page = (folder / "report.html").read_text(encoding="utf-8")
    for box, name in (("models", "bytes"), ("stale", "stale_bytes"), ("pending", "pending_bytes")):
        found = re.search(rf'id="total-{box}".*?<data value="(\d+)"', page, re.DOTALL)
        assert found and int(found[1]) == expected[name]

    table = (folder / "report.md").read_text(encoding="utf-8")
    assert f"{expected['bytes']} bytes" in table and f"{expected['pending_bytes']} bytes" in table
    assert all(host.replace("-", "\\-") in table for host in facts)


def test_drift_is_looked_for_inside_the_groups_that_are_named(controller: Controller) -> None:
    one, other = (example_fleet.host([example_fleet.model("x", size)]) for size in (1, 2))
    inventory = controller.seed({"a": one, "b": other, "c": other})
    groups = controller.home / "groups.ini"
    groups.write_text("[alike]\nb\nc\n[unlike]\na\nc\n")
    controller.run(
        "ansible-playbook", "-i", inventory, "-i", str(groups), REPORT, *FROM_CACHE,
        "-e", json.dumps({"ocr_fleet_report_groups": ["alike", "unlike"]}),
    )  # fmt: skip
    (row,) = load(controller.home / "ocr-report")["drift"]
    assert (row["group"], row["variants"]) == ("unlike", {"1": 1, "2": 1})


def test_a_host_on_which_something_failed_is_told_beside_its_facts(controller: Controller) -> None:
    facts = example_fleet.host([example_fleet.model("x", 5)])
    run = {"time": "2026-11-20T12:00:00Z", "kind": "prune", "outcome": "failed", "failure": "x: Read-only file system"}
    inventory = controller.seed({"well": facts, "ill": facts}, {"ill": run})
    output = controller.run("ansible-playbook", "-i", inventory, REPORT, *FROM_CACHE)
    folder = controller.home / "ocr-report"
    rows = {row["host"]: row for row in load(folder)["hosts"]}
    failure = "prune of 2026-11-20T12:00:00Z failed: x: Read-only file system"
    assert [(row["failure"], row["reason"], row["count"]) for row in (rows["well"], rows["ill"])] == [
        (None, None, 1),
        (failure, None, 1),
    ]
    assert (
        "Prune failed: 1 host\n" in output
        and f"    - ill: {failure}\n" in output
        and "2 reported, 1 failed, 0 missing" in output
    )
    # The history and the metrics have numbers alone.
    for name in set(FILES) - {"history.jsonl", "report.prom"}:
        assert "Read-only file system" in (folder / name).read_text(encoding="utf-8").replace("\\", "")


def test_a_host_that_failed_in_this_run_keeps_the_facts_of_this_run(controller: Controller) -> None:
    models = controller.home / "models"
    models.mkdir()
    (models / "latin.onnx").write_bytes(b"x" * 10)
    (controller.home / "play.yml").write_text(
        """
- name: Fail with facts
  hosts: all
  gather_facts: false
  tasks:
    - name: Fail
      ansible.builtin.command: "false"
      register: pruned
      ignore_errors: true
    - name: Look at what is left
      ocrfleet.aspose.ocr_model_facts:
        path: "{{ models }}"
        engine: skip
      register: left
    - name: Report
      ansible.builtin.import_role:
        name: ocrfleet.aspose.ocr_fleet_report
      vars:
        ocr_fleet_report_result: pruned, left
"""
    )
    inventory = controller.inventory({"a": {}})
    controller.run("ansible-playbook", "-i", inventory, "play.yml", "-e", f"models={models}")
    (row,) = load(controller.home / "ocr-report")["hosts"]
    assert (row["reason"], row["bytes"]) == (None, 10)
    assert row["failure"].startswith("failed: ") and "non-zero return code" in row["failure"]


def test_odd_files_hide_no_host(controller: Controller) -> None:
    large = example_fleet.model("large", 7 * 2**60)
    twice = example_fleet.host([large, {**large, "name": "larger"}, example_fleet.model("x", 1)])
    alike = example_fleet.host([example_fleet.model("x", 1), example_fleet.model("x", 2)])
    late = example_fleet.host([example_fleet.model("x", 1, modified="10000-01-01T00:00:00Z")])
    early = example_fleet.host([example_fleet.model("x", 1, modified="1-01-01T00:00:00Z")])
    broken = example_fleet.host([example_fleet.model("x", 1), example_fleet.model("y", 1, modified="soon")])
    fleet = {"alike": alike, "broken": broken, "early": early, "late": late, "twice": twice}
    output = controller.run("ansible-playbook", "-i", controller.seed(fleet), REPORT, *FROM_CACHE)
    found = load(controller.home / "ocr-report")
    assert {row["host"]: (row["reason"], row["faults"]) for row in found["hosts"]} == {
        "alike": (None, ["several models are named x"]),
        "broken": (None, ["left out: models[1].modified is not a time in UTC by ISO 8601"]),
        "early": (None, []),
        "late": (None, []),
        "twice": (None, []),
    }
    assert found["totals"]["bytes"] == sum(facts["bytes"] for facts in fleet.values()) > 2**63
    assert "    - alike: several models are named x\n" in output
