# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one very large directory costs, next to the fastest tool there is."""

from __future__ import annotations

import collections
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from contenders import PRUNES
from controller import COLLECTION
from light_hosts.fleet import MODELS, Fleet, Host, running_fleet
from rounds import HOST_PYTHON, Measured, play, table

MANY_FILES = 100_000
# Of each model, for the prune of all but the newest.
VERSIONS = 100
# Runs a command, throws away what it prints, and tells what it took: seconds and the peak of its memory in bytes.
MEASURE = (
    "import os, sys, time\n"
    "start = time.monotonic()\n"
    "child = os.fork()\n"
    "if not child:\n"
    "    os.dup2(os.open('/dev/null', os.O_WRONLY), 1)\n"
    "    os.execvp(sys.argv[1], sys.argv[1:])\n"
    "_, status, usage = os.wait4(child, 0)\n"
    "print(time.monotonic() - start, usage.ru_maxrss * 1024, status)\n"
)

TREE = "/opt/ocr/tree"
# What the module does between reading its arguments and handing its result to Ansible, without the search for garbage
# that it does without.
PRUNE_WORK = (
    "import gc, os, sys\n"
    "gc.disable()\n"
    "from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import location_request\n"
    "from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.locate import locate\n"
    "from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.options import prune_options\n"
    "from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.run import prune\n"
    "from collections import defaultdict\n"
    "given = dict(path=sys.argv[1], engine='skip', engine_timeout=60, checksum='none')\n"
    "given.update(keep=[], incomplete=False, in_use='skip', services=[], service_timeout=120)\n"
    "given.update([('version_pattern', sys.argv[2])] if sys.argv[2:] else [('stale_prefixes', ['old_'])])\n"
    "parameters = defaultdict(lambda: None, given)\n"
    "prune(locate(location_request(parameters), os.environ), prune_options(parameters), check_mode=False)\n"
)
FIND = "find -delete"
WORK = "scan, select and remove in ocr_model_prune"
WORK_BY_VERSION = f"{WORK}, by version_pattern"
MODULE = "ocr_model_prune as a whole, result printed"


def measured_on(host: Host, *command: str) -> tuple[float, int]:
    """Seconds and peak bytes of a command on a host."""
    printed = host.run(HOST_PYTHON, "-c", MEASURE, *command).stdout
    seconds, peak, status = printed.split()
    if status != "0":
        raise RuntimeError(f"{command} failed with status {status}")
    return float(seconds), int(peak)


def keep_prune_module(fleet: Fleet) -> str:
    """Have Ansible leave the whole module, as it sends it to a host, in a file there; give its path."""
    host = fleet.hosts[0]
    host.put_models({})
    keep = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_PIPELINING": "0"}
    variables = {"ansible_user": "root", "ansible_remote_tmp": "/opt/ocr/kept"}
    plays = [{**play(PRUNES[0]), "become": False}]
    run = fleet.playbook(plays, environment=keep, variables=variables)
    if run.returncode != 0:
        raise RuntimeError(run.output)
    (module,) = (host.root / "opt/ocr/kept").rglob("AnsiballZ_ocr_model_prune.py")
    return f"/{module.relative_to(host.root)}"


def measure_in_memory(repeat: int) -> dict[str, tuple[float, int]]:
    """Seconds and peak bytes to remove MANY_FILES stale files on one host."""
    make = f"cd {MODELS} && seq -f old_%.0f {MANY_FILES} | xargs touch"
    samples: dict[str, list[tuple[float, int]]] = collections.defaultdict(list)
    with running_fleet(1, disk_size="2g", shared={f"{TREE}/ansible_collections/ocrfleet/aspose": COLLECTION}) as fleet:
        (host,) = fleet.hosts
        ways = {
            FIND: ("find", MODELS, "-name", "old_*", "-delete"),
            WORK: ("env", f"PYTHONPATH={TREE}", HOST_PYTHON, "-c", PRUNE_WORK, MODELS),
            MODULE: (HOST_PYTHON, keep_prune_module(fleet)),
        }
        for _round in range(repeat):
            for name, command in ways.items():
                host.run("sh", "-c", make)
                samples[name].append(measured_on(host, *command))
                if host.model_names():
                    raise RuntimeError(f"{name} left models behind")
    return medians(samples)


def measure_on_disk(repeat: int) -> dict[str, tuple[float, int]]:
    """The same on this machine's disk, where models lie, and without the module around the work."""
    samples: dict[str, list[tuple[float, int]]] = collections.defaultdict(list)
    with tempfile.TemporaryDirectory(dir=COLLECTION / ".cache") as folder:
        models = Path(folder) / "models"
        models.mkdir()
        tree = Path(folder) / "tree/ansible_collections/ocrfleet"
        tree.mkdir(parents=True)
        (tree / "aspose").symlink_to(COLLECTION)
        ways = {
            FIND: ("find", str(models), "-name", "old_*", "-delete"),
            WORK: ("env", f"PYTHONPATH={tree.parents[1]}", HOST_PYTHON, "-c", PRUNE_WORK, str(models)),
        }
        ways[WORK_BY_VERSION] = (*ways[WORK], "_v(?P<version>[0-9]+)")
        for _round in range(repeat):
            for name, command in ways.items():
                for number in range(MANY_FILES):
                    (models / f"old_{number // VERSIONS}_v{number % VERSIONS}").touch()
                os.sync()
                measured = [sys.executable, "-c", MEASURE, *command]
                printed = subprocess.run(measured, capture_output=True, text=True, check=True).stdout
                seconds, peak, status = printed.split()
                newest = MANY_FILES // VERSIONS if name == WORK_BY_VERSION else 0
                if status != "0" or len(list(models.iterdir())) != newest:
                    raise RuntimeError(f"{name} did not remove all that it should")
                samples[name].append((float(seconds), int(peak)))
    return medians(samples)


def medians(samples: dict[str, list[tuple[float, int]]]) -> dict[str, tuple[float, int]]:
    """Of each way the median of the seconds, and the highest peak."""
    return {
        name: (statistics.median(seconds for seconds, _peak in taken), max(peak for _seconds, peak in taken))
        for name, taken in samples.items()
    }


def measure_many_files(quick: bool) -> Measured:
    """Remove MANY_FILES stale files: on this machine's disk, and in the memory of a host."""
    print(f"{MANY_FILES:,} files ...", flush=True)
    repeat = 1 if quick else 3
    in_memory, on_disk = measure_in_memory(repeat), measure_on_disk(repeat)
    rows = [
        [name, where, f"{seconds:.2f}", f"{peak / 1e6:.0f} MB"]
        for where, taken in (("disk", on_disk), ("memory", in_memory))
        for name, (seconds, peak) in taken.items()
    ]
    share = f"{on_disk[WORK][0] / on_disk[FIND][0]:.2f}"
    return Measured(
        values={"many": table([f"{MANY_FILES:,} stale files", "where", "seconds", "peak memory"], rows)},
        requirements=[
            [f"{WORK}, {MANY_FILES:,} files on disk", f"at most 3 x `{FIND}`", share],
            [
                "the same by `version_pattern`",
                "at most 1.3 x that",
                f"{on_disk[WORK_BY_VERSION][0] / on_disk[WORK][0]:.2f}",
            ],
            ["its memory", "below 200 MB", f"{on_disk[WORK][1] / 1e6:.0f} MB"],
        ],
    )
