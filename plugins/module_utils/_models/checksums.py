# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The checksums of models, for a report."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.content import sha256_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory, closing
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, Model, by_folder
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import open_scanned


def checksums_of(directory: ModelDirectory, models: t.Sequence[Model]) -> dict[Identity, str]:
    """Return the SHA-256 of every file that this user may read, each file read once."""
    checksums: dict[Identity, str] = {}
    for location, members in by_folder(model for model in models if not model.is_link).items():
        with contextlib.suppress(OSError), directory.folder(location) as folder:
            for model in members:
                if model.identity not in checksums:
                    with contextlib.suppress(OSError):
                        checksums[model.identity] = _checksum_of(folder, model)
    return checksums


def _checksum_of(folder: int, model: Model) -> str:
    descriptor, _status = open_scanned(folder, model)
    with closing(descriptor):
        return sha256_of(descriptor)
