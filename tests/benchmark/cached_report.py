# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the report of a large fleet from a fact cache of files, as a user runs it.

Needs ansible-core, and the folder that holds ansible_collections on PYTHONPATH. The figures are printed, not judged.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# In a process of its own, so that its memory and time are not counted.
SEED = """
import sys
from ansible.plugins.loader import cache_loader, init_plugin_loader
init_plugin_loader()
import example_fleet
cache = cache_loader.get("jsonfile")
with open("hosts.ini", "w", encoding="utf-8") as inventory:
    inventory.write("[ocr]\\n")
    for host, facts in example_fleet.large_fleet(int(sys.argv[1]), int(sys.argv[2])).items():
        cache.set(host, {"ocr_models": facts})
        inventory.write(f"{host}\\n")
"""


def main() -> None:
    """Fill a cache, report from it, and print time and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=10_000)
    parser.add_argument("--models", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = os.pathsep.join((str(ROOT / "tests" / "support"), os.environ.get("PYTHONPATH", "")))
        environment = {
            **os.environ,
            "PYTHONPATH": path,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT.parents[2]),
            "ANSIBLE_CACHE_PLUGIN": "jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": f"{folder}/cache",
            "ANSIBLE_HOME": f"{folder}/home",
        }
        size = (str(arguments.hosts), str(arguments.models))
        subprocess.run([sys.executable, "-c", SEED, *size], cwd=folder, env=environment, check=True)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        report = ["ansible-playbook", "-i", "hosts.ini", "ocrfleet.aspose.report"]
        subprocess.run(
            [*report, "-e", "ocr_fleet_report_from_cache=true"],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        seconds = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        files = {file.name: file.stat().st_size for file in (Path(folder) / "ocr-report").iterdir()}
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{arguments.hosts} hosts with {arguments.models} models each")
    print(
        f"{seconds:.1f} s, of which {processor:.1f} s processor time; largest process {after.ru_maxrss / 1024:.0f} MiB"
    )
    print(", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in sorted(files.items())))


if __name__ == "__main__":
    main()
