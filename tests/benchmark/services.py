# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service in the way costs a prune, and how long it is down: on hosts that systemd booted."""

from __future__ import annotations

import itertools
import statistics
import time
import typing as t

from booted_hosts.hosts import MODELS, THIS_MACHINE, Clock, running_hosts
from contenders import Contender, fill, prepared, role
from rounds import Measured, Round, Seconds, comparison, ratio, run_rounds, table

UNIT = "ocr.service"
TICKS = "/run/clocks/ocr"
BACKUP = "/opt/ocr/backup"
MODELS_OF_A_HOST = 20
# The service has them mapped, where they are there when it starts.
STALE = [f"old_model_{number}.bin" for number in range(1, MODELS_OF_A_HOST // 2 + 1)]

# Returns when the service runs and has mapped what is there: each line of its clock has about ten characters.
RESTARTED = (
    f"systemctl restart {UNIT}; size=$(stat -c %s {TICKS}); "
    f"until [ $(stat -c %s {TICKS}) -gt $((size + 20)) ]; do sleep 0.01; done; "
)
BESIDE = prepared("seed beside the service", f"rm -f {MODELS}/*; {RESTARTED}{fill(MODELS_OF_A_HOST)}")
HELD = prepared("seed in the service", f"{fill(MODELS_OF_A_HOST)}{RESTARTED}")
LARGE_HELD = prepared(
    "seed a large one", f"rm -rf {BACKUP}; {fill(MODELS_OF_A_HOST)}truncate -s 1G {STALE[0]}; {RESTARTED}"
)

WITHOUT = Contender("role, prune", (role(prune=True),))
NAMED = Contender("role, prune; a service that is not in the way", (role(prune=True, services=["ocr"]),))
IN_THE_WAY = Contender("role, prune; the service is in the way", NAMED.tasks)
LARGE = Contender(
    "the same with a backup of 1 GB on another file system", (role(prune=True, services=["ocr"], backup_dir=BACKUP),)
)
# All hosts share this machine's processors, which those of a fleet do not: so each has them for itself.
IN_TURN = Contender("the same, one host after the other", NAMED.tasks, keywords={"throttle": 1})
RESTART = Contender("systemctl restart", ({"ansible.builtin.command": f"systemctl restart {UNIT}"},))

# Of each way, the seconds that the service is down on each host, in the median of all rounds.
Down = dict[str, list[float]]


def measure_services(quick: bool) -> Measured:
    """Measure on one host and on ten."""
    seconds: dict[str, Seconds] = {}
    down: dict[str, Down] = {}
    sizes = {1: (2, 1), 2: (2, 0)} if quick else {1: (11, 3), 10: (7, 0)}
    for count, (repeat, repeat_large) in sizes.items():
        size = f"{count} host{'' if count == 1 else 's'}"
        begin = time.monotonic()
        with running_hosts([THIS_MACHINE] * count, disk_size="1100m") as hosts:
            print(f"services on {size}, up in {time.monotonic() - begin:.1f} s ...", flush=True)
            clocks = [host.clock("ocr", *STALE) for host in hosts.all]
            entries = [(RESTART, HELD), (WITHOUT, BESIDE), (NAMED, BESIDE), (IN_THE_WAY, HELD)]
            entries += [(IN_TURN, HELD)] if count > 1 else []
            rounds = run_rounds(hosts, entries, repeat)
            if repeat_large:
                rounds |= run_rounds(hosts, [(LARGE, LARGE_HELD)], repeat_large)
            ways = (WITHOUT, NAMED, IN_THE_WAY)
            seconds[size] = {way.name: [one.seconds for one in rounds[way.name]] for way in ways}
            down[size] = {
                way.name: times_down(clocks, rounds[way.name])
                for way in (RESTART, IN_THE_WAY, LARGE, IN_TURN)
                if way.name in rounds
            }
    first, *_sizes, last = down
    prunes = comparison(seconds, "prune", list(seconds[first]), WITHOUT.name)
    values = {"service_prunes": prunes, "service_down": down_table(down)}
    rows = [
        [f"prune with a service in the way, {size}", "at most 1.6 x the same without services", share]
        for size, taken in seconds.items()
        for share in [ratio(taken[IN_THE_WAY.name], taken[WITHOUT.name])]
    ]
    return Measured(values, [*rows, *down_rows(down[first], down[last], last)])


def times_down(clocks: t.Sequence[Clock], rounds: t.Sequence[Round]) -> list[float]:
    """How long each of the services was down, in the median of these rounds."""
    return [statistics.median(longest_gap(clock.ticks(), one) for one in rounds) for clock in clocks]


def longest_gap(ticks: t.Sequence[float], one: Round) -> float:
    """The longest time without a tick in a round, until the first tick after it: the service has just been started."""
    during = [tick for tick in ticks if one.begin <= tick < one.end]
    after = next(tick for tick in ticks if tick >= one.end)
    return max(later - earlier for earlier, later in itertools.pairwise([*during, after]))


def down_table(down: t.Mapping[str, Down]) -> str:
    """The seconds that a service was down: of ten hosts the median, and the one that was down longest."""
    rows = []
    for name in dict.fromkeys(name for ways in down.values() for name in ways):
        cells = []
        for way in down.values():
            times = way.get(name)
            if times is None:
                cells.append("-")
            elif len(times) == 1:
                cells.append(f"{times[0]:.2f} s")
            else:
                cells.append(f"{statistics.median(times):.2f} s (at most {max(times):.2f} s)")
        rows.append([name, *cells])
    return table(["how long the service is down", *down], rows)


def down_rows(alone: Down, among: Down, size: str) -> list[list[str]]:
    """What must hold of the time down: on a host alone, and among others."""
    bare = alone[RESTART.name][0]
    prune = alone[IN_THE_WAY.name][0]
    rows = [
        [f"service down, {what}", "at most 0.3 s more than `systemctl restart`", f"{alone[name][0] - bare:.2f} s more"]
        for name, what in ((IN_THE_WAY.name, "1 host"), (LARGE.name, "1 host, with a backup of 1 GB"))
    ]
    longest, restart, in_turn = (max(among[way.name]) for way in (IN_THE_WAY, RESTART, IN_TURN))
    shares = f"{longest / prune:.2f} (`systemctl restart`: {restart / bare:.2f})"
    return [
        *rows,
        [f"service down, the longest of {size} that share the processors", "at most 1.3 x one host alone", shares],
        [
            f"service down, the longest of {size}, one after the other",
            "at most 1.3 x one host alone",
            f"{in_turn / prune:.2f}",
        ],
    ]
