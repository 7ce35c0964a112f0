# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An end for sessions that hang, so that the others and the totals are still seen."""

from __future__ import annotations

import os
import signal
import sys
import types

# Seconds; no session needs a third of it on a machine that is not busy.
TIME_LIMIT = 1800


def end_a_worker_in_time(seconds: int = TIME_LIMIT) -> None:
    """Kill this process and all that it started after this time, if it is one that `nox --parallel` made for a session.

    Such a process leads a process group of its own, and nox tells it what it is. One that a person started does not end
    by itself.
    """
    if "--parallel-worker" not in sys.argv:
        return

    def kill(number: int, frame: types.FrameType | None) -> None:
        print(f"It takes longer than {seconds} seconds, and is ended.", flush=True)
        os.killpg(os.getpid(), signal.SIGKILL)

    signal.signal(signal.SIGALRM, kill)
    signal.alarm(seconds)
