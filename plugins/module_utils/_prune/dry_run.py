# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Predict what the removal of a plan would come to."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory, closing
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.obstacles import file_obstacle, folder_obstacle
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model, by_folder
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.folders import predict_emptied_folders
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.outcome import Outcome
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import Choice


def predict(
    directory: ModelDirectory,
    choices: t.Sequence[Choice],
    *,
    copies: bool = False,
    rename_obstacle: t.Callable[[int, Model], OSError | None] | None = None,
) -> Outcome:
    """Return what remove would do, without changing anything: the same failures for the same obstacles.

    ``copies`` is whether the models would be copied to another file system, for which they must be readable;
    ``rename_obstacle`` tells of a model in an open folder what would keep it from being renamed into a set.
    """
    outcome = Outcome()
    for location, members in by_folder(choices).items():
        try:
            folder = directory.open_folder(location)
        except OSError:
            # Gone or replaced since the scan, with all that was in it.
            continue
        with closing(folder):
            obstacle = folder_obstacle(folder)
            for choice in members:
                error = obstacle or _obstacle(folder, choice.model, read=copies)
                if error is None and rename_obstacle is not None:
                    error = rename_obstacle(folder, choice.model)
                if error is None:
                    outcome.remove(choice)
                else:
                    outcome.fail(choice.model, error)
    outcome.warnings += predict_emptied_folders(directory, [choice.model for choice in outcome.removed])
    return outcome


def _obstacle(folder: int, model: Model, *, read: bool) -> OSError | None:
    return file_obstacle(folder, model.file_name, owner=model.user_id, is_link=model.is_link, read=read)
