# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the collection against ping and against what people write by hand, on fleets over true SSH on this machine.

    python tests/benchmark/run.py [--quick] [--output docs/performance.md]

Needs root, what tests/fleet needs, and requirements.txt beside this file. All that is compared runs in turn within one
run of ansible-playbook, on connections that are open already. Seconds are medians; a ratio is the median of the ratios
of all rounds, so that a machine that is slow for a while does not change it. They are printed and written, not judged.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import datetime
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "fleet"))

from contenders import FILE_LOOP, PING, PRUNES, REPORTS, SDK, WITH_SDK, Contender, seed  # noqa: E402
from fleet import MODELS, Fleet, Host, running_fleet  # noqa: E402

COLLECTION = HERE.parent.parent
SDK_PACKAGE = "aspose-ocr-python-net"
HOST_PYTHON = "/usr/bin/python3"
# Above that many calls of the file module a measurement takes minutes and says nothing new.
MOST_LOOP_CALLS = 1100
MANY_FILES = 100_000
# Seconds; something hangs where one run of ansible-playbook takes longer.
MEASUREMENT_LIMIT = 1800

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
    "given = dict(path=sys.argv[1], engine='skip', engine_timeout=60, stale_prefixes=['old_'])\n"
    "given.update(keep=[], incomplete=False, in_use='skip', services=[], service_timeout=120)\n"
    "parameters = defaultdict(lambda: None, given)\n"
    "prune(locate(location_request(parameters), os.environ), prune_options(parameters), check_mode=False)\n"
)
FIND = "find -delete"
WORK = "scan, select and remove in ocr_model_prune"
MODULE = "ocr_model_prune as a whole, result printed"

# What each contender took, round by round.
Seconds = dict[str, list[float]]


@dataclasses.dataclass(frozen=True)
class Case:
    """A size of fleet: hosts, models on each of them (half of them stale), and how often each way is measured.

    Those that are closer to each other are measured more often.
    """

    hosts: int
    models: int
    reports: int
    reports_with_sdk: int
    prunes: int

    @property
    def stale(self) -> int:
        """Stale models on each host."""
        return self.models // 2


def play(contender: Contender) -> dict[str, t.Any]:
    """The play of one contender."""
    return {
        "name": contender.name,
        "hosts": "fleet",
        "gather_facts": False,
        "become": True,
        "tasks": list(contender.tasks),
    }


def measure(fleet: Fleet, contenders: t.Sequence[Contender], repeat: int, prepare: Contender | None = None) -> Seconds:
    """Seconds of each contender, all run in turn that many times; prepare runs before each, unmeasured."""
    plays = [play(dataclasses.replace(PING, name="open connections"))]
    for _round in range(repeat):
        for contender in contenders:
            plays += [play(prepare)] if prepare is not None else []
            plays.append(play(contender))
    run = fleet.playbook(
        plays,
        environment={
            "ANSIBLE_COLLECTIONS_PATH": f"{fleet.folder}/tree:{site_collections()}",
            "OCR_FLEET_RECORD_VALUES": "no",
        },
        variables={"ansible_python_interpreter": HOST_PYTHON},
        time_limit=MEASUREMENT_LIMIT,
    )
    if run.returncode != 0:
        raise RuntimeError(run.output)
    ends: list[tuple[str, float]] = []
    for result in run.results:
        if ends and ends[-1][0] == result.play:
            ends[-1] = (result.play, max(ends[-1][1], result.at))
        else:
            ends.append((result.play, result.at))
    samples: dict[str, list[float]] = collections.defaultdict(list)
    for (_previous, before), (name, end) in itertools.pairwise(ends):
        samples[name].append(end - before)
    return {contender.name: samples[contender.name] for contender in contenders}


def site_collections() -> str:
    """Where this Python's ansible package keeps its collections."""
    import ansible

    return str(Path(ansible.__file__).parent.parent)


def measure_case(fleet: Fleet, case: Case) -> dict[str, Seconds]:
    """The seconds of every report and every prune of a fleet of this size."""
    for host in fleet.hosts:
        host.put_models(
            {f"{prefix}model_{number}.bin": b"x\n" for number in range(case.stale) for prefix in ("", "old_")}
        )
    reports = measure(fleet, [PING, *REPORTS], case.reports)
    reports_with_sdk = measure(fleet, [PING, *WITH_SDK], case.reports_with_sdk)
    prunes = measure(fleet, PRUNES, case.prunes, prepare=seed(case.models))
    if case.hosts * FILE_LOOP.calls(case.stale) <= MOST_LOOP_CALLS:
        prunes |= measure(fleet, [FILE_LOOP], 1, prepare=seed(case.models))
    return {"report": reports, "report with the SDK": reports_with_sdk, "prune": prunes}


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


def measure_many_files(repeat: int) -> dict[str, tuple[float, int]]:
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


def measure_many_files_on_disk(repeat: int) -> dict[str, tuple[float, int]]:
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
        for _round in range(repeat):
            for name, command in ways.items():
                for number in range(MANY_FILES):
                    (models / f"old_{number}").touch()
                os.sync()
                measured = [sys.executable, "-c", MEASURE, *command]
                printed = subprocess.run(measured, capture_output=True, text=True, check=True).stdout
                seconds, peak, status = printed.split()
                if status != "0" or any(models.iterdir()):
                    raise RuntimeError(f"{name} did not remove all")
                samples[name].append((float(seconds), int(peak)))
    return medians(samples)


def medians(samples: dict[str, list[tuple[float, int]]]) -> dict[str, tuple[float, int]]:
    """Of each way the median of the seconds, and the highest peak."""
    return {
        name: (statistics.median(seconds for seconds, _peak in taken), max(peak for _seconds, peak in taken))
        for name, taken in samples.items()
    }


def table(header: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> str:
    """A Markdown table, the first column to the left and the others to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def ratio(seconds: t.Sequence[float], base: t.Sequence[float]) -> str:
    """How many times base, in the median of all rounds; of what had rounds of its own, the ratio of the medians."""
    if len(seconds) != len(base):
        return f"{statistics.median(seconds) / statistics.median(base):.2f}"
    return f"{statistics.median(one / other for one, other in zip(seconds, base, strict=True)):.2f}"


def added(seconds: t.Sequence[float], base: t.Sequence[float]) -> list[float]:
    """What each round took more than base."""
    return [one - other for one, other in zip(seconds, base, strict=True)]


def job_table(results: dict[Case, dict[str, Seconds]], job: str, names: t.Sequence[str], base: str) -> str:
    """Seconds of each way in each case, with the ratio to base."""
    rows = []
    for name in names:
        cells = []
        for seconds in (measured[job] for measured in results.values()):
            rounds = seconds.get(name)
            cells.append(
                "-" if rounds is None else f"{statistics.median(rounds):.2f} s ({ratio(rounds, seconds[base])})"
            )
        rows.append([name, *cells])
    return table([f"{job} (times `{base}`)", *(f"{case.hosts} x {case.models}" for case in results)], rows)


def requirement_rows(results: dict[Case, dict[str, Seconds]], on_disk: dict[str, tuple[float, int]]) -> list[list[str]]:
    """What must hold, in the largest cases that were measured, and the figure that says whether it does."""
    rows = []
    ping, skip, bare, sdk = PING.name, REPORTS[0].name, WITH_SDK[0].name, WITH_SDK[1].name
    most_hosts = max(case.hosts for case in results)
    for case, measured in results.items():
        if case.hosts != most_hosts:
            continue
        report, with_sdk = measured["report"], measured["report with the SDK"]
        size = f"{case.hosts} hosts x {case.models} models"
        rows.append([f"report without the SDK, {size}", "at most 1.15 x `ping`", ratio(report[skip], report[ping])])
        share = ratio(added(with_sdk[sdk], with_sdk[ping]), added(with_sdk[bare], with_sdk[ping]))
        rows.append(
            [f"report with the SDK, {size}: what it adds to `ping`", "at most 1.2 x what the bare script adds", share]
        )
    prune, remove, loop = PRUNES[0].name, PRUNES[2].name, FILE_LOOP.name
    case, removal = max(
        ((case, measured["prune"]) for case, measured in results.items() if loop in measured["prune"]),
        key=lambda measured: measured[0].hosts * measured[0].stale,
    )
    size = f"{case.stale} of {case.models} models on {case.hosts} hosts"
    rows.append([f"prune of {size}", "at most 1.3 x `shell: rm -f`", ratio(removal[prune], removal[remove])])
    rows.append(
        [f"`find` + `file` loop, {size}", "at least 40 x `ocr_model_prune`", ratio(removal[loop], removal[prune])]
    )
    share = f"{on_disk[WORK][0] / on_disk[FIND][0]:.2f}"
    rows.append([f"{WORK}, {MANY_FILES:,} files on disk", f"at most 3 x `{FIND}`", share])
    rows.append(["its memory", "below 200 MB", f"{on_disk[WORK][1] / 1e6:.0f} MB"])
    return rows


def versions() -> str:
    """The machine and what ran on it."""
    from importlib import metadata

    model = next(
        line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    )
    cores = len([line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("processor")])
    release = platform.freedesktop_os_release()["PRETTY_NAME"]
    host_version = subprocess.run([HOST_PYTHON, "--version"], capture_output=True, text=True, check=True)
    host_python = host_version.stdout.split()[1]
    found = sorted(Path(site_collections()).glob("ansible_collections/community/general/MANIFEST.json"))
    general = json.loads(found[0].read_text())["collection_info"]["version"]
    return (
        f"{release}, Linux {platform.release()}, {cores} cores ({model}). "
        f"ansible-core {metadata.version('ansible-core')} on Python "
        f"{platform.python_version()}, hosts with Python {host_python}, "
        f"{SDK_PACKAGE} {sdk_version()}, community.general {general}, "
        f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}."
    )


def make_sdk_venv(folder: Path) -> None:
    """Install the SDK for the hosts' Python, unless it is there already."""
    if not (folder / "bin/python").exists():
        subprocess.run([HOST_PYTHON, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(folder / "bin/pip"), "install", "--quiet", SDK_PACKAGE], check=True)


def sdk_version() -> str:
    """The version of the SDK that was measured."""
    show = [str(arguments().sdk_venv / "bin/pip"), "list", "--format", "json"]
    listed = json.loads(subprocess.run(show, capture_output=True, text=True, check=True).stdout)
    version: str = next(package["version"] for package in listed if package["name"] == SDK_PACKAGE)
    return version


def page(
    results: dict[Case, dict[str, Seconds]],
    many: dict[str, tuple[float, int]],
    on_disk: dict[str, tuple[float, int]],
) -> str:
    """The text of docs/performance.md."""
    template = (HERE / "performance.md.in").read_text(encoding="utf-8")
    values = {
        "machine": versions(),
        "requirements": table(["what", "must be", "measured"], requirement_rows(results, on_disk)),
        "reports": job_table(results, "report", [c.name for c in (PING, *REPORTS)], PING.name),
        "reports_with_sdk": job_table(results, "report with the SDK", [c.name for c in (PING, *WITH_SDK)], PING.name),
        "prunes": job_table(results, "prune", [c.name for c in (*PRUNES, FILE_LOOP)], PRUNES[2].name),
        "many": table(
            [f"{MANY_FILES:,} stale files", "where", "seconds", "peak memory"],
            [
                [name, where, f"{seconds:.2f}", f"{peak / 1e6:.0f} MB"]
                for where, taken in (("disk", on_disk), ("memory", many))
                for name, (seconds, peak) in taken.items()
            ],
        ),
    }
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small fleets only, to see that it works")
    parser.add_argument("--output", type=Path, default=COLLECTION / "docs/performance.md", help="the page to write")
    parser.add_argument(
        "--sdk-venv", type=Path, default=COLLECTION / ".cache/bench/sdk", help="where the SDK is, or is installed"
    )
    return parser.parse_args()


def main() -> None:
    """Measure, print and write."""
    options = arguments()
    make_sdk_venv(options.sdk_venv)
    sizes = [(1, 3, 3, 3), (2, 3, 3, 3)] if options.quick else [(1, 15, 9, 5), (10, 15, 9, 5), (50, 11, 5, 3)]
    results: dict[Case, dict[str, Seconds]] = {}
    for hosts, *rounds in sizes:
        with running_fleet(hosts, shared={SDK: options.sdk_venv.resolve()}) as fleet:
            for models in (20, 200):
                case = Case(hosts, models, *rounds)
                print(f"{hosts} hosts, {models} models each ...", flush=True)
                results[case] = measure_case(fleet, case)
    print(f"{MANY_FILES:,} files ...", flush=True)
    text = page(results, measure_many_files(3), measure_many_files_on_disk(3))
    options.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
