# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep models mapped without an open file descriptor, as the OCR engine does, until the process is ended.

model_holder.py [--clock] FILE MODEL...: a model that is not there is left out; FILE appears once all are mapped. As a
clock, it adds the time to FILE every 20 ms, as a line of seconds of time.monotonic().
"""

from __future__ import annotations

import mmap
import os
import signal
import sys
import time


def map_model(path: str) -> mmap.mmap | None:
    """Map the model at path, or give None where there is none."""
    try:
        with open(path, "rb") as model:
            return mmap.mmap(model.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        return None


if __name__ == "__main__":
    arguments = sys.argv[1:]
    clock = arguments[0] == "--clock"
    file, *models = arguments[clock:]
    mappings = [map_model(path) for path in models]
    ticks = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    while clock:
        os.write(ticks, b"%.3f\n" % time.monotonic())
        time.sleep(0.02)
    os.close(ticks)
    signal.pause()
