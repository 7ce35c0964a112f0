# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Tell which facts of a fleet count, and why the other hosts have none.

Ansible keeps the facts of successful tasks alone, and with a fact cache also those of earlier runs. So the facts of a
host whose task failed may be old, or lie in the registered result only.
"""

from __future__ import annotations

import typing as t
from collections.abc import Collection, Iterable, Mapping

LOST = "failed or became unreachable in this run, before it reported"

_NOTHING: Mapping[str, t.Any] = {}


def collect_facts(
    hostvars: Mapping[str, t.Any], *, hosts: Iterable[str], lost: Collection[str] = (), result: str | None = None
) -> dict[str, dict[str, t.Any]]:
    """Return C(facts), the facts of each host or null, and C(reasons), why a host has none as far as that is known.

    Takes the variables of all hosts, the hosts that matter, those of them that Ansible gave up in this run, and the
    name of the variable in which the result of a module that returns facts was registered.
    """
    facts: dict[str, t.Any] = {}
    reasons: dict[str, str] = {}
    given_up = set(lost)
    for host in hosts:
        # Ansible's hostvars has no usable get(): it makes up an undefined value for a host that is not there.
        variables = hostvars[host] if host in hostvars else _NOTHING  # noqa: SIM401
        outcome = _mapping(variables.get(result)) if result else _NOTHING
        returned = _facts_in(outcome)
        if outcome.get("unreachable"):
            reasons[host] = _reason("unreachable", outcome)
        elif returned is not None and (host in given_up or outcome.get("failed")):
            facts[host] = returned
        elif outcome.get("failed"):
            reasons[host] = _reason("failed", outcome)
        elif host in given_up:
            reasons[host] = LOST
        else:
            facts[host] = _facts_in(variables)
        facts.setdefault(host, None)
    return {"facts": facts, "reasons": reasons}


def _mapping(value: object) -> Mapping[str, t.Any]:
    return value if isinstance(value, Mapping) else _NOTHING


def _facts_in(source: Mapping[str, t.Any]) -> object:
    return _mapping(source.get("ansible_facts")).get("ocr_models")


def _reason(what: str, outcome: Mapping[str, t.Any]) -> str:
    message = str(outcome.get("msg") or "").strip()
    return f"{what}: {message}" if message else what
