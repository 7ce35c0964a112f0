# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Units of systemd: what ``systemctl show`` says of them, and what follows. Pure: nothing here runs anything."""

from __future__ import annotations

import re
import typing as t

PROPERTIES = (
    "Id",
    "Names",
    "LoadState",
    "ActiveState",
    "Result",
    "CanStart",
    "CanStop",
    "Transient",
    "NeedDaemonReload",
    "FragmentPath",
    "Type",
    "ExecMainCode",
    "ExecMainStatus",
    "ActiveEnterTimestampMonotonic",
    "ActiveExitTimestampMonotonic",
    "InactiveEnterTimestampMonotonic",
    "UpheldBy",
    "TriggeredBy",
    # The units to which systemd passes a stop on: systemd.unit(5), "Mapping of unit properties to their inverses".
    "RequiredBy",
    "RequisiteOf",
    "BoundBy",
    "ConsistsOf",
    "PropagatesStopTo",
)
_STOPPED_ALONG = PROPERTIES[PROPERTIES.index("RequiredBy") :]

_RUNNING = ("active", "reloading", "refreshing", "activating")
_SUFFIX = re.compile(
    r".+\.(service|target|socket|scope|slice|timer|path|mount|automount|swap|device|snapshot)", re.DOTALL
)
_NAME = re.compile(r"[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*")
# CLD_EXITED and CLD_KILLED of waitid(2), and what systemd.service(5) calls a clean end.
_CLEAN_ENDS = (("1", "0"), ("2", "1"), ("2", "2"), ("2", "13"), ("2", "15"))


class Unit:
    """A unit as it was at one moment."""

    def __init__(self, properties: t.Mapping[str, str]) -> None:
        self._properties = properties
        self.name = properties["Id"]
        self.names = frozenset(properties.get("Names", "").split()) | {self.name}
        self.state = properties.get("ActiveState", "")
        self.result = properties.get("Result", "success")
        self.runs = self.state in _RUNNING
        self.is_down = self.state in ("inactive", "failed")

    def stopped_along(self) -> list[str]:
        """Return the names of the units that systemd stops when it stops this one."""
        return [name for key in _STOPPED_ALONG for name in self._words(key)]

    def sockets(self) -> list[str]:
        """Return the sockets that start it; none where another unit upholds it, which starts it again at once.

        Timers and paths start it too, but to start these again can run a job once more.
        """
        if self._words("UpheldBy"):
            return []
        return [name for name in self._words("TriggeredBy") if name.endswith(".socket")]

    def obstacle(self, *, fragment_exists: bool) -> str | None:
        """Return why it cannot be stopped and started again, or None.

        ``fragment_exists`` is whether the file ``fragment`` is there.
        """
        load_state = self._properties.get("LoadState")
        if load_state == "not-found":
            return "is not known to systemd"
        if load_state != "loaded":
            return f"is {load_state}"
        if self._is("Transient", "yes"):
            return "is transient: once stopped it is gone"
        if self._is("NeedDaemonReload", "yes") and self.fragment and not fragment_exists:
            return f"was defined by {self.fragment}, which is gone"
        if self._is("CanStop", "no"):
            return "may not be stopped by hand"
        if self._is("CanStart", "no"):
            return "may not be started by hand"
        return None

    @property
    def fragment(self) -> str:
        """The file that defines it, or an empty text."""
        return self._properties.get("FragmentPath", "")

    def was_stopped_since(self, before: Unit) -> bool:
        """Whether it was down in between, also where it runs again."""
        # systemd may have forgotten a unit that was down, and its times with it.
        return self.is_down or any(
            self._properties.get(key) != before._properties.get(key)
            for key in ("InactiveEnterTimestampMonotonic", "ActiveEnterTimestampMonotonic")
        )

    def stop_failure(self) -> str | None:
        """Return what went wrong when it was stopped, or None. That its main process ended uncleanly is no failure.

        Many programs answer SIGTERM with an exit status, and their service counts as failed then; but it is down.
        """
        if self.result == "timeout":
            return "did not end in the time that its unit allows"
        end = (self._properties.get("ExecMainCode", ""), self._properties.get("ExecMainStatus", ""))
        if self.state == "failed" and self.result in ("exit-code", "signal", "core-dump") and end in _CLEAN_ENDS:
            return f"was not stopped cleanly: a command of ExecStop or ExecStopPost failed ({self.result})"
        return None

    @property
    def ended_as_it_should(self) -> bool:
        """Whether it is down because its work is done."""
        return self.state == "inactive" and self.result == "success" and self._is("Type", "oneshot")

    def down_seconds(self, stop_began: float) -> float | None:
        """Return how long it was down since a stop that began at that second of CLOCK_MONOTONIC; None: it still is."""
        entered = int(self._properties.get("ActiveEnterTimestampMonotonic") or 0) / 10**6
        left = int(self._properties.get("ActiveExitTimestampMonotonic") or 0) / 10**6
        return round(entered - max(left, stop_began), 3) if self.runs and entered > stop_began else None

    def _words(self, key: str) -> list[str]:
        return self._properties.get(key, "").split()

    def _is(self, key: str, value: str) -> bool:
        return self._properties.get(key) == value


def parse_units(output: str) -> list[Unit]:
    """Return the units in the output of ``systemctl show``: lines ``KEY=VALUE``, an empty line between two units."""
    units = []
    for block in output.split("\n\n"):
        properties = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if "Id" in properties:
            units.append(Unit(properties))
    return units


def unit_name(text: str) -> str:
    """Return the name of a unit as systemctl understands it: ``.service`` may be left out.

    Raises ValueError that says what is wrong: what cannot be one unit's name, or is neither a service nor a target.
    """
    if any(character in text for character in "*?["):
        raise ValueError("is a pattern; write each name")
    if not _NAME.fullmatch(text):
        raise ValueError("is no name of a service")
    match = _SUFFIX.fullmatch(text)
    name = text if match else f"{text}.service"
    if match and match.group(1) not in ("service", "target"):
        raise ValueError("is neither a service nor a target")
    if "@." in name:
        raise ValueError("is a template; write the names of its instances")
    return name
