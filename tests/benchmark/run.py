# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the collection against ping and against what people write by hand, over true SSH on this machine.

    python tests/benchmark/run.py [--quick] [GROUP...]

The groups are modules, role, services and files; without a name all are measured. Needs root, what tests/fleet and, for
services, tests/hosts need, and requirements.txt beside this file. All that is compared runs in turn within one run of
ansible-playbook, on connections that are open already. Seconds are medians; a ratio is the median of the ratios of all
rounds, so that a machine that is slow for a while does not change it. They are printed, not judged. docs/performance.md
is written of the last measurement of each group, as soon as there is one of all.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import platform
import subprocess
import typing as t
from pathlib import Path

from controller import COLLECTION
from many_files import measure_many_files
from modules import measure_modules
from role import measure_role
from rounds import HOST_PYTHON, Measured, table
from services import measure_services

HERE = Path(__file__).parent
KEPT = COLLECTION / ".cache/bench"
PAGE = COLLECTION / "docs/performance.md"

GROUPS: dict[str, t.Callable[[bool], Measured]] = {
    "modules": measure_modules,
    "role": measure_role,
    "services": measure_services,
    "files": measure_many_files,
}


def machine() -> str:
    """This machine, and what runs on it."""
    from importlib import metadata

    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    cores = len([line for line in lines if line.startswith("processor")])
    release = platform.freedesktop_os_release()["PRETTY_NAME"]
    host_version = subprocess.run([HOST_PYTHON, "--version"], capture_output=True, text=True, check=True)
    host_python = host_version.stdout.split()[1]
    return (
        f"{release}, Linux {platform.release()}, {cores} cores ({model}). "
        f"ansible-core {metadata.version('ansible-core')} on Python "
        f"{platform.python_version()}, hosts with Python {host_python}, "
        f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}."
    )


def keep(group: str, measured: Measured) -> None:
    """Keep what a group came to until the page is written."""
    KEPT.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine(), **dataclasses.asdict(measured)}
    (KEPT / f"{group}.json").write_text(json.dumps(content, indent=1), encoding="utf-8")


def kept(group: str) -> dict[str, t.Any] | None:
    """The last measurement of a group, if there is one."""
    try:
        last: dict[str, t.Any] = json.loads((KEPT / f"{group}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return last


def page(groups: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    """The text of docs/performance.md, of what is kept of all groups."""
    groups = list(groups)
    values = {name: value for group in groups for name, value in group["values"].items()}
    values["machine"] = "\n".join(dict.fromkeys(group["machine"] for group in groups))
    rows = [row for group in groups for row in group["requirements"]]
    values["requirements"] = table(["what", "must be", "measured"], rows)
    text = (HERE / "performance.md.in").read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def main() -> None:
    """Measure, print, keep, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", metavar="GROUP", nargs="*", help=f"what to measure: {', '.join(GROUPS)} (all)")
    parser.add_argument("--quick", action="store_true", help="small, to see that it works; nothing is kept")
    options = parser.parse_args()
    unknown = set(options.groups) - set(GROUPS)
    if unknown:
        parser.error(f"no group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    for group in options.groups or GROUPS:
        measured = GROUPS[group](options.quick)
        print("\n\n".join([*measured.values.values(), table(["what", "must be", "measured"], measured.requirements)]))
        if not options.quick:
            keep(group, measured)
    last = {group: kept(group) for group in GROUPS}
    missing = [group for group, found in last.items() if found is None]
    if options.quick:
        return
    if missing:
        print(f"{PAGE} is not written: {', '.join(missing)} not measured yet")
        return
    PAGE.write_text(page(found for found in last.values() if found is not None), encoding="utf-8")
    print(f"{PAGE} is written")


if __name__ == "__main__":
    main()
