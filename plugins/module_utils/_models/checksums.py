# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The checksums of models, for a report."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.content import sha256_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lease import OPEN_MODEL
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, Model


def checksums_of(directory: ModelDirectory, models: t.Sequence[Model]) -> dict[Identity, str]:
    """Return the SHA-256 of every file that this user may read, each file read once."""
    checksums: dict[Identity, str] = {}
    for model in models:
        if model.is_link or model.identity in checksums:
            continue
        try:
            with directory.folder(model.folder) as folder:
                descriptor = os.open(model.file_name, OPEN_MODEL, dir_fd=folder)
            try:
                status = os.fstat(descriptor)
                if (status.st_dev, status.st_ino) == model.identity:
                    checksums[model.identity] = sha256_of(descriptor)
            finally:
                os.close(descriptor)
        except OSError:
            continue
    return checksums
