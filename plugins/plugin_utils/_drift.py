# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Tell what differs between hosts that ought to have the same models. Pure."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import Row
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import MODEL_STATUSES
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import visible

PRESENT, MISSING = "present", "missing"


def drift_of(group: str, models_of: Mapping[str, list[Row]]) -> Iterator[Row]:
    """Yield what differs between the models of hosts that ought to be alike, one row per difference.

    Takes the name of the group, which is shown, and the models of each of its hosts that reported.
    """
    # A host may have a name several times, in directories of their own.
    found: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for host, models in models_of.items():
        for model in models:
            found[model["name"]][host].append(model)
    for name in sorted(found):
        status = min((model["status"] for models in found[name].values() for model in models), key=MODEL_STATUSES.index)
        for kind, variants, outliers in (
            ("checksum", *_variants(found[name], "checksum")),
            ("missing", *_absences(list(found[name]), models_of.keys())),
            ("size", *_variants(found[name], "bytes")),
        ):
            if len(variants) > 1:
                yield {
                    "group": group,
                    "name": name,
                    "status": status,
                    "kind": kind,
                    "variants": variants,
                    "outliers": outliers,
                }


def _variants(found: Mapping[str, list[Row]], column: str) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Return how many hosts have which value of the column, and the hosts that differ from the most common value."""
    hosts_by_value: dict[t.Any, list[str]] = defaultdict(list)
    for host, models in found.items():
        for value in {model[column] for model in models if model[column] is not None}:
            hosts_by_value[value].append(visible(host))
    values = sorted(hosts_by_value)
    # max() returns the first of equals, and the values are sorted: the same facts name the same hosts.
    common = max(values, key=lambda value: len(hosts_by_value[value]), default=None)
    counts = {str(value): len(hosts_by_value[value]) for value in values}
    return counts, {str(value): hosts_by_value[value] for value in values if value != common}


def _absences(having: list[str], hosts: Collection[str]) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Return how many hosts have a model and how many lack it, and by name the fewer of the two.

    Naming the fewer keeps the summary as large as the fleet's models, not as large as models times hosts.
    """
    lacking = len(hosts) - len(having)
    if not lacking:
        return {}, {}
    if lacking > len(having):
        outliers = {PRESENT: [visible(host) for host in having]}
    else:
        present = set(having)
        outliers = {MISSING: [visible(host) for host in hosts if host not in present]}
    return {MISSING: lacking, PRESENT: len(having)}, outliers
