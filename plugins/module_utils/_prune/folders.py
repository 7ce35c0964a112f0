# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The stale folders that a prune empties: they go with their last model. A folder of current models never does."""

from __future__ import annotations

import errno
import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import explain
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.obstacles import removal_obstacle
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model, location_in
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import REPLACED
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed

# What a folder answers that is not empty, has gone, or is a mount point: it stays, and that is right.
_NOT_TO_BE_REMOVED = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.EBUSY) + REPLACED


def remove_emptied_folders(directory: ModelDirectory, removed: t.Iterable[Model]) -> list[str]:
    """Remove the stale folders of the removed models that are empty now; return warnings about those that cannot go."""
    return _each_emptied(directory, removed, _remove)


def predict_emptied_folders(directory: ModelDirectory, removed: t.Iterable[Model]) -> list[str]:
    """Return the warnings that remove_emptied_folders would give after the removal of these models. Changes nothing."""
    gone: dict[bytes, set[bytes]] = {}
    models = list(removed)
    for model in models:
        gone.setdefault(model.folder, set()).add(model.file_name)

    def predict(directory: ModelDirectory, above: bytes, name: bytes) -> None:
        location = location_in(above, name)
        with directory.folder(location) as folder:
            if set(map(os.fsencode, os.listdir(folder))) - gone.get(location, set()):
                raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY))
            owner = os.fstat(folder).st_uid
        with directory.folder(above) as folder:
            obstacle = removal_obstacle(folder, name, owner=owner, is_link=False)
        if obstacle is not None:
            raise obstacle
        gone.setdefault(above, set()).add(name)

    return _each_emptied(directory, models, predict)


def _each_emptied(
    directory: ModelDirectory,
    removed: t.Iterable[Model],
    act: t.Callable[[ModelDirectory, bytes, bytes], None],
) -> list[str]:
    """Let ``act`` remove each stale folder above the models, the innermost first, none above one that stays."""
    warnings = []
    staying: set[bytes] = set()
    # 100,000 models have few folders and prefixes.
    distinct = {(model.folder, model.stale_prefix): model for model in removed}.values()
    for location in sorted({folder for model in distinct for folder in model.stale_folders}, reverse=True):
        above, _slash, name = location.rpartition(b"/")
        if location not in staying:
            try:
                act(directory, above, name)
                continue
            except OSError as error:
                if error.errno not in _NOT_TO_BE_REMOVED:
                    path = f"{displayed(directory.path)}/{displayed(location)}"
                    warnings.append(f"The emptied folder {path} stays: {explain(error)}")
        staying.add(above)
    return warnings


def _remove(directory: ModelDirectory, above: bytes, name: bytes) -> None:
    with directory.folder(above) as folder:
        os.rmdir(name, dir_fd=folder)
