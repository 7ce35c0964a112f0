# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts with two services, ocr and ocr-batch, which have models mapped; neither script says which."""

from __future__ import annotations

from light_hosts.fleet import Host, Run, wait_for
from maintenance import maintained

STALE = "old_fr.bin"
FREE = "old_free.bin"
CURRENT = "en.bin"
SIZE = 8192
BOTH = ["ocr", "ocr-batch"]


def start_services(host: Host, *, after_stop: str = "") -> dict[str, int | None]:
    """Two services: ocr maps a stale model and a current one, ocr-batch a current one. What goes wrong is ocr's."""
    host.put_models(dict.fromkeys((STALE, FREE, CURRENT), b"x" * SIZE))
    host.configure_service("ocr", STALE, CURRENT, after_stop=after_stop)
    host.configure_service("ocr-batch", CURRENT)
    for name in BOTH:
        host.service(name, "start")
    return pids(host)


def start_services_out_of_the_way(host: Host) -> dict[str, int | None]:
    """Both services, neither of which has the one stale model."""
    host.put_models(dict.fromkeys((FREE, CURRENT), b"x" * SIZE))
    for name in BOTH:
        host.configure_service(name, CURRENT)
        host.service(name, "start")
    return pids(host)


def pids(host: Host) -> dict[str, int | None]:
    """Service to process, None for one that does not run."""
    return {name: host.service_pid(name) for name in BOTH}


def wait_until_both_run(host: Host, run: Run) -> None:
    """Return once both services run on a host, whatever a run left behind there."""
    wait_for(lambda: None not in pids(host).values(), f"a service of {host.name} does not run again: {run.output}")


def services_of(run: Run, host: Host) -> dict[str, tuple[bool, str]]:
    """Of each service that a run reports on a host, whether it was stopped, and its state afterwards."""
    reported = maintained(run, host.name).result["services"]
    return {service["name"]: (service["stopped"], service["state"]) for service in reported}
