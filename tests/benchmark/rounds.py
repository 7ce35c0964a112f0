# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run contenders in turn within one run of ansible-playbook, and compare them round by round."""

from __future__ import annotations

import collections
import dataclasses
import itertools
import statistics
import typing as t
from pathlib import Path

from contenders import PING, Contender
from controller import Controller, Run

HOST_PYTHON = "/usr/bin/python3"
# Seconds; something hangs where one run of ansible-playbook takes longer.
MEASUREMENT_LIMIT = 1800


@dataclasses.dataclass(frozen=True)
class Round:
    """When a contender ran once, in seconds of time.monotonic(): from the end of what ran before to its own."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """What it took."""
        return self.end - self.begin


@dataclasses.dataclass(frozen=True)
class Measured:
    """What a group of measurements came to.

    values: what performance.md.in has by these names. requirements: rows of what must hold, and what was measured.
    """

    values: dict[str, str]
    requirements: list[list[str]]


# What each contender took, round by round.
Seconds = dict[str, list[float]]
Entry = tuple[Contender, t.Optional[Contender]]


def play(contender: Contender) -> dict[str, t.Any]:
    """The play of one contender."""
    return {
        "hosts": "all",
        "gather_facts": False,
        "become": True,
        **contender.keywords,
        "name": contender.name,
        "tasks": list(contender.tasks),
    }


def run_rounds(controller: Controller, entries: t.Sequence[Entry], repeat: int) -> dict[str, list[Round]]:
    """Run all contenders in turn that many times; what is beside one prepares it, unmeasured. Gives their rounds."""
    plays = [play(dataclasses.replace(PING, name="open connections"))]
    for _round in range(repeat):
        for contender, prepare in entries:
            plays += [play(prepare)] if prepare is not None else []
            plays.append(play(contender))
    run = controller.playbook(
        plays,
        environment={
            "ANSIBLE_COLLECTIONS_PATH": f"{controller.folder}/tree:{site_collections()}",
            "OCR_FLEET_RECORD_VALUES": "no",
        },
        variables={"ansible_python_interpreter": HOST_PYTHON},
        time_limit=MEASUREMENT_LIMIT,
    )
    if run.returncode != 0:
        raise RuntimeError(run.output)
    rounds = rounds_of(run)
    return {contender.name: rounds[contender.name] for contender, _prepare in entries}


def rounds_of(run: Run) -> dict[str, list[Round]]:
    """The rounds of each play but the first, by its name."""
    ends: list[tuple[str, float]] = []
    for result in run.results:
        if ends and ends[-1][0] == result.play:
            ends[-1] = (result.play, max(ends[-1][1], result.at))
        else:
            ends.append((result.play, result.at))
    rounds: dict[str, list[Round]] = collections.defaultdict(list)
    for (_previous, before), (name, end) in itertools.pairwise(ends):
        rounds[name].append(Round(before, end))
    return rounds


def measure(
    controller: Controller, contenders: t.Sequence[Contender], repeat: int, prepare: Contender | None = None
) -> Seconds:
    """Seconds of each contender, all run in turn that many times; prepare runs before each, unmeasured."""
    rounds = run_rounds(controller, [(contender, prepare) for contender in contenders], repeat)
    return {name: [one.seconds for one in taken] for name, taken in rounds.items()}


def site_collections() -> str:
    """Where this Python's ansible package keeps its collections."""
    import ansible

    return str(Path(ansible.__file__).parent.parent)


def ratio(seconds: t.Sequence[float], base: t.Sequence[float]) -> str:
    """How many times base, in the median of all rounds; of what had rounds of its own, the ratio of the medians."""
    if len(seconds) != len(base):
        return f"{statistics.median(seconds) / statistics.median(base):.2f}"
    return f"{statistics.median(one / other for one, other in zip(seconds, base, strict=True)):.2f}"


def added(seconds: t.Sequence[float], base: t.Sequence[float]) -> list[float]:
    """What each round took more than base."""
    return [one - other for one, other in zip(seconds, base, strict=True)]


def table(header: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> str:
    """A Markdown table, the first column to the left and the others to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def comparison(columns: t.Mapping[str, Seconds], job: str, names: t.Sequence[str], base: str) -> str:
    """A table of the seconds of each way in each column, with the ratio to base."""
    rows = []
    for name in names:
        cells = []
        for seconds in columns.values():
            rounds = seconds.get(name)
            cells.append(
                "-" if rounds is None else f"{statistics.median(rounds):.2f} s ({ratio(rounds, seconds[base])})"
            )
        rows.append([name, *cells])
    return table([f"{job} (times `{base}`)", *columns], rows)
