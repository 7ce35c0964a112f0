# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Read the facts of many hosts from Ansible's fact cache, without working out all variables of each host."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Iterator, Mapping

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.loader import cache_loader

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_facts import HostReport, collect_reports, report_of

# What it holds is known to the run alone, and to that only through its variables.
_IN_MEMORY = ("memory", "ansible.builtin.memory")


def cached_reports(hostvars: Mapping[str, t.Any], hosts: Iterable[str]) -> Iterator[tuple[str, HostReport]]:
    """Yield what each host reported into the fact cache that is configured, one after the other.

    A host whose entry cannot be read has that as its reason. Raises AnsibleError when the cache itself cannot be read.
    """
    plugin = constants.config.get_config_value("CACHE_PLUGIN")
    if plugin in _IN_MEMORY:
        yield from collect_reports(hostvars, hosts=hosts)
        return
    cache = cache_loader.get(plugin)
    if cache is None:
        raise AnsibleError(f"there is no cache plugin {plugin}")
    for host in hosts:
        yield host, _cached_report(cache, host, plugin)


def _cached_report(cache: t.Any, host: str, plugin: str) -> HostReport:
    try:
        # Asked first: some caches warn of each host that they do not have.
        return report_of({"ansible_facts": cache.get(host)} if cache.contains(host) else {})
    except KeyError:
        return HostReport(None)
    except (AnsibleError, TypeError, ValueError) as error:
        return HostReport(None, f"its entry in the fact cache cannot be read: {error}")
    except Exception as error:
        # Each cache has errors of its own, for example of its connection.
        raise AnsibleError(f"the fact cache {plugin} cannot be read: {error}") from error
