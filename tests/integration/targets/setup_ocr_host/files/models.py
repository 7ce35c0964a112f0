# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make and list model files whose names YAML cannot carry; names are percent-encoded here.

MODELS='[{"name": "old_%FF.bin", "bytes": 10, "age": 3600, "link": "target"}]' models.py make DIR
models.py list DIR
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from urllib.parse import quote_from_bytes, unquote_to_bytes


def make(directory: bytes) -> None:
    """Make the directory anew with just these models; ages are seconds."""
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    for model in json.loads(os.environ["MODELS"]):
        path = os.path.join(directory, unquote_to_bytes(model["name"]))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if "link" in model:
            os.symlink(model["link"], path)
            continue
        with open(path, "wb") as file:
            file.write(b"m" * int(model.get("bytes", 1)))
        modified = time.time() - int(model.get("age", 0))
        os.utime(path, (modified, modified))


def listing(directory: bytes) -> list[str]:
    """Every file and link below the directory."""
    found = []
    for folder, folders, files in os.walk(directory):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        found += [os.path.relpath(os.path.join(folder, name), directory) for name in files + links]
    return sorted(quote_from_bytes(name) for name in found)


if sys.argv[1] == "make":
    make(os.fsencode(sys.argv[2]))
print(json.dumps(listing(os.fsencode(sys.argv[2]))))
