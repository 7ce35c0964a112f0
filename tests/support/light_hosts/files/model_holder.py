# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep models mapped without an open file descriptor, as the OCR engine does, until the process is ended.

model_holder.py READY_FILE MODEL...: a model that is not there is left out; READY_FILE appears once all are mapped.
"""

from __future__ import annotations

import mmap
import signal
import sys


def map_model(path: str) -> mmap.mmap | None:
    """Map the model at path, or give None where there is none."""
    try:
        with open(path, "rb") as model:
            return mmap.mmap(model.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        return None


if __name__ == "__main__":
    mappings = [map_model(path) for path in sys.argv[2:]]
    with open(sys.argv[1], "w", encoding="utf-8"):
        pass
    signal.pause()
