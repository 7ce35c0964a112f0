# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Read what the user asked of the fleet's report: as values of their type, as text, or not set at all."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from pathlib import Path

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

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
}


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


def read_settings(arguments: Mapping[str, t.Any], variables: Mapping[str, t.Any]) -> Settings:
    """Return the settings. Takes the arguments of the task, and the variables that name the play's hosts and groups.

    Null and the empty text, which surveys and INI files give, mean that a setting is not set. Raises SettingsError.
    """
    given = {name: value for name, value in arguments.items() if value is not None and value != ""}
    validated = ArgumentSpecValidator(ARGUMENT_SPEC).validate(given)
    if validated.error_messages:
        raise SettingsError("; ".join(validated.error_messages))
    values = validated.validated_parameters
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
    )


def _items(texts: list[str]) -> list[str]:
    return [text for text in (text.strip() for text in texts) if text]


def _groups(names: list[str], known: Mapping[str, list[str]]) -> dict[str, list[str]] | None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SettingsError(f"groups: the inventory has no group {', '.join(unknown)}")
    return {name: list(known[name]) for name in names} or None


def _mode(value: object) -> int:
    """Return permissions, which are a number or octal digits."""
    try:
        mode = value if isinstance(value, int) and not isinstance(value, bool) else int(str(value), 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o7777:
        raise SettingsError(f"mode: {value!r} are no permissions in octal digits, for example '0644'")
    return mode
