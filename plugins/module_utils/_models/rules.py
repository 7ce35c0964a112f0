# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The rules that say of the models of a directory which are stale: the same for facts and prune."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import parse_stale_prefixes
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import scan

if t.TYPE_CHECKING:
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.families import Versions

DEFAULT_STALE_PREFIXES = ("old_",)


class Rules(t.NamedTuple):
    """What makes a model stale."""

    stale_prefixes: tuple[str, ...]
    versions: Versions | None = None


def parse_rules(parameters: t.Mapping[str, t.Any], *, default_prefixes: t.Sequence[str] = ()) -> Rules:
    """Return the rules that a module's parameters for RULE_ARGUMENTS, and ``stale_prefixes``, stand for.

    Where neither prefixes nor a ``version_pattern`` is named, the ``default_prefixes`` are taken. Raises OcrModelError.
    """
    versions = None
    if parameters["version_pattern"] is not None:
        # Only here: who does not ask for it need not load it.
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.families import parse_versions

        versions = parse_versions(parameters["version_pattern"], parameters["keep_newest"])
    elif parameters["keep_newest"] is not None:
        raise OcrModelError("keep_newest is set, but version_pattern is not; set both, or neither")
    prefixes = parameters["stale_prefixes"]
    if prefixes is None and versions is None:
        prefixes = default_prefixes
    return Rules(parse_stale_prefixes(prefixes) if prefixes or versions is None else (), versions)


def find_models(directory: ModelDirectory, rules: Rules) -> list[Model]:
    """Return every model below ``directory``, sorted by location, with its status. Raises OcrModelError, as scan."""
    models = scan(directory, rules.stale_prefixes)
    return models if rules.versions is None else rules.versions.mark(models)
