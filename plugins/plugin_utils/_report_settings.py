# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Read what the user asked of the fleet's report: as values of their type, as text, or not set at all."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping
from pathlib import Path

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._quantities import Age, parse_age
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import CAUSES, USUAL_LIMITS, Limits, seconds_of
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._report_meta import run_id

_LIST: dict[str, t.Any] = {"type": "list", "elements": "str"}
# What the role ocr_maintenance registers.
RESULTS = ["ocr_maintenance_result", "__ocr_maintenance_left"]
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "dir": {"type": "path", "default": "./ocr-report"},
    "title": {"type": "str", "default": "OCR models of the fleet"},
    "from_cache": {"type": "bool", "default": False},
    "hosts": _LIST,
    "groups": {**_LIST, "default": []},
    "result": {**_LIST, "default": RESULTS},
    "table_rows": {"type": "int", "default": 40},
    "mode": {"type": "raw", "default": "0644"},
    "disk_percent": {"type": "int", "default": USUAL_LIMITS.disk_percent},
    "max_age": {"type": "str", "default": USUAL_LIMITS.max_age.text},
    "time": {"type": "str"},
    "fail_on": {**_LIST, "default": []},
}
_LIMITS = {name: ARGUMENT_SPEC[name] for name in Limits._fields}


class SettingsError(Exception):
    """A setting cannot be what it says; the text says which and why."""


class Settings(t.NamedTuple):
    """What the user asked for, checked. Groups are null where all hosts are one."""

    folder: Path
    title: str
    from_cache: bool
    hosts: list[str]
    groups: dict[str, list[str]] | None
    results: list[str]
    table_rows: int
    mode: int
    limits: Limits
    run_id: str
    fail_on: list[str]


def read_settings(arguments: Mapping[str, t.Any], variables: Mapping[str, t.Any]) -> Settings:
    """Return the settings. Takes the arguments of the task, and the variables that name the play's hosts and groups.

    Null and the empty text, which surveys and INI files give, mean that a setting is not set. Raises SettingsError.
    """
    values = _validated(ARGUMENT_SPEC, arguments)
    hosts = variables["ansible_play_hosts_all"] if values["hosts"] is None else _items(values["hosts"])
    if not hosts:
        raise SettingsError("there is no host to report; is ocr_hosts or hosts right?")
    if values["table_rows"] < 0:
        raise SettingsError(f"table_rows: {values['table_rows']} is less than 0")
    return Settings(
        # Absolute, so that what is shown can be opened from anywhere.
        folder=Path(values["dir"]).resolve(),
        title=values["title"],
        from_cache=values["from_cache"],
        hosts=list(hosts),
        groups=_groups(_items(values["groups"]), variables["groups"]),
        results=_items(values["result"]),
        table_rows=values["table_rows"],
        mode=_mode(values["mode"]),
        limits=_limits({**values, "time": values["time"] or _now()}),
        run_id=run_id(values["time"], variables),
        fail_on=_causes(_items(values["fail_on"])),
    )


def read_limits(given: Mapping[str, t.Any]) -> Limits:
    """Return the limits that the options ``disk_percent``, ``max_age`` and ``time`` stand for. Raises SettingsError."""
    return _limits(_validated(_LIMITS, given))


def _validated(spec: Mapping[str, t.Any], given: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the values of a specification's options. Raises SettingsError."""
    set_ones = {name: value for name, value in given.items() if value is not None and value != ""}
    validated = ArgumentSpecValidator(spec).validate(set_ones)
    if validated.error_messages:
        raise SettingsError("; ".join(validated.error_messages))
    values: dict[str, t.Any] = validated.validated_parameters
    return values


def _limits(values: Mapping[str, t.Any]) -> Limits:
    percent, time = values["disk_percent"], values["time"]
    if not 1 <= percent <= 100:
        raise SettingsError(f"disk_percent: {percent} is no share of a disk; name one from 1 to 100")
    try:
        age = parse_age("max_age", values["max_age"])
    except OcrModelError as error:
        raise SettingsError(str(error)) from error
    if time is not None and seconds_of(time) is None:
        raise SettingsError(f"time: {time!r} is not a time in UTC by ISO 8601, for example 2026-11-20T12:00:00Z")
    return Limits(percent, t.cast(Age, age), time)


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _items(texts: list[str]) -> list[str]:
    return [text for text in (text.strip() for text in texts) if text]


def _groups(names: list[str], known: Mapping[str, list[str]]) -> dict[str, list[str]] | None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SettingsError(f"groups: the inventory has no group {', '.join(unknown)}")
    return {name: list(known[name]) for name in names} or None


def _causes(keys: list[str]) -> list[str]:
    known = [cause.key for cause in CAUSES]
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise SettingsError(f"fail_on: there is no cause {', '.join(unknown)}; there are {', '.join(known)}")
    return keys


def _mode(value: object) -> int:
    """Return permissions, which are a number or octal digits."""
    try:
        mode = value if isinstance(value, int) and not isinstance(value, bool) else int(str(value), 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o7777:
        raise SettingsError(f"mode: {value!r} are no permissions in octal digits, for example '0644'")
    return mode
