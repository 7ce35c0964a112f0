# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that has models mapped, as the OCR engine has, and appends the time to a file every 20 ms.

clock.py FILE MODEL...: a model that is not there is left out; the first time is written once all are mapped.
"""

import mmap
import os
import sys
import time


def map_model(path):
    """Map the model at path, or give None where there is none."""
    try:
        with open(path, "rb") as model:
            return mmap.mmap(model.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        return None


if __name__ == "__main__":
    mappings = [map_model(path) for path in sys.argv[2:]]
    ticks = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    while True:
        os.write(ticks, b"%.3f\n" % time.monotonic())
        time.sleep(0.02)
