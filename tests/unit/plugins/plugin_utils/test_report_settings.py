# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every setting of the report, by every form in which a value can come."""

from __future__ import annotations

import time
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.ocrfleet.aspose.plugins.modules import ocr_fleet_report
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import seconds_of
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._report_settings import (
    ARGUMENT_SPEC,
    SettingsError,
    read_settings,
)

ROOT = Path(__file__).resolve().parents[4]
ROLE = ROOT / "roles" / "ocr_fleet_report"
VARIABLES: dict[str, t.Any] = {
    "ansible_play_hosts_all": ["a", "b"],
    "groups": {"all": ["a", "b"], "one": ["a"], "two": ["b"]},
}
TIME = "2026-11-20T12:00:00Z"


def read(**arguments: t.Any) -> dict[str, t.Any]:
    """Return the settings that a task with these arguments has."""
    found = read_settings({"time": TIME, **arguments}, VARIABLES)._asdict()
    return {**found, **found.pop("limits")._asdict()}


def documented(file: Path) -> dict[str, t.Any]:
    """Return the YAML of a file."""
    found: dict[str, t.Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def test_module_role_and_defaults_name_the_same_options() -> None:
    module = yaml.safe_load(ocr_fleet_report.DOCUMENTATION)["options"]
    role = documented(ROLE / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]
    defaults: dict[str, t.Any] = {}
    for line in (ROLE / "defaults" / "main.yml").read_text(encoding="utf-8").splitlines():
        if line.startswith("# ocr_fleet_report_"):
            defaults.update(yaml.safe_load(line[2:]))
    prefixed = {f"ocr_fleet_report_{name}" for name in ARGUMENT_SPEC}
    assert set(module) == set(ARGUMENT_SPEC)
    assert set(role) == set(defaults) == prefixed
    for name, option in ARGUMENT_SPEC.items():
        for key in ("type", "default", "elements"):
            assert module[name].get(key) == option.get(key), f"{name}: {key}"
        assert role[f"ocr_fleet_report_{name}"].get("default") == option.get("default"), name
        assert defaults[f"ocr_fleet_report_{name}"] == option.get("default", defaults[f"ocr_fleet_report_{name}"]), name


@pytest.mark.parametrize("name", sorted(set(ARGUMENT_SPEC) - {"time"}))
@pytest.mark.parametrize("unset", [None, ""])
def test_null_and_empty_text_mean_not_set(name: str, unset: str | None) -> None:
    assert read(**{name: unset}) == read()


WORDS = {True: ["true", "True", "yes", "on", "1", "y", 1], False: ["false", "False", "no", "off", "0", "n", 0]}


@pytest.mark.parametrize("name", [name for name, option in ARGUMENT_SPEC.items() if option["type"] == "bool"])
@pytest.mark.parametrize(("value", "word"), [(value, word) for value, words in WORDS.items() for word in words])
def test_a_truth_as_text_means_what_it_says(name: str, value: bool, word: t.Any) -> None:
    assert read(**{name: word})[name] is value


@pytest.mark.parametrize("name", [name for name, option in ARGUMENT_SPEC.items() if option["type"] == "int"])
def test_a_number_as_text_is_a_number(name: str) -> None:
    assert read(**{name: "7"}) == read(**{name: 7})
    assert read(**{name: "7"}) != read()


def test_causes_are_those_that_there_are() -> None:
    assert read(fail_on=" stale , pending,")["fail_on"] == read(fail_on=["stale", "pending"])["fail_on"]
    assert read()["fail_on"] == []


LISTS = [name for name, option in ARGUMENT_SPEC.items() if option["type"] == "list" and name != "fail_on"]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("text", ["one,two", " one , two ,", ["one", "two"], ["one", " two", ""]])
def test_a_list_as_text_is_a_list(name: str, text: t.Any) -> None:
    assert read(**{name: text}) == read(**{name: ["one", "two"]})
    assert read(**{name: text}) != read()


@pytest.mark.parametrize(("value", "mode"), [("0644", 0o644), ("640", 0o640), ("0o600", 0o600), (0o600, 0o600)])
def test_permissions_are_octal(value: t.Any, mode: int) -> None:
    assert read(mode=value)["mode"] == mode


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"from_cache": "maybe"}, "from_cache"),
        ({"from_cache": "2"}, "from_cache"),
        ({"table_rows": "many"}, "table_rows"),
        ({"table_rows": "-1"}, "table_rows: -1 is less than 0"),
        ({"mode": "u=rw"}, "mode: 'u=rw' are no permissions in octal digits"),
        ({"mode": "0999"}, "mode: "),
        ({"mode": True}, "mode: "),
        ({"mode": "70000"}, "mode: "),
        ({"groups": ["gone"]}, "the inventory has no group gone"),
        ({"disk_percent": "0"}, "disk_percent: 0 is no share"),
        ({"disk_percent": 101}, "disk_percent: 101 is no share"),
        ({"fail_on": "stale,nothing"}, "fail_on: there is no cause nothing; there are no_report, "),
        ({"max_age": "soon"}, "max_age: 'soon' is not an age"),
        ({"time": "2026-11-20"}, "time: '2026-11-20' is not a time in UTC"),
        ({"hosts": []}, "there is no host to report"),
        ({"directory": "/srv"}, "directory"),
    ],
)
def test_what_means_nothing_is_refused(arguments: dict[str, t.Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read(**arguments)


def test_a_folder_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/someone")
    assert read()["folder"] == tmp_path / "ocr-report"
    assert read(dir="~/report")["folder"] == Path("/home/someone/report")


@pytest.mark.parametrize("unset", [{}, {"time": None}, {"time": ""}])
def test_the_time_is_now(unset: dict[str, t.Any]) -> None:
    before = (
        seconds_of(
            read_settings({"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}, VARIABLES).limits.time or ""
        )
        or 0
    )
    assert before <= (seconds_of(read_settings(unset, VARIABLES).limits.time or "") or 0) <= before + 60
