# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The options of a prune, checked."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import parse_path
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.rules import Rules, parse_rules
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.criteria import Criteria
from ansible_collections.ocrfleet.aspose.plugins.module_utils._quantities import (
    Age,
    parse_age,
    parse_limit,
    parse_space,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

if t.TYPE_CHECKING:
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.release import ServiceOptions


class PruneOptions(Record):
    """The options of a prune, checked."""

    rules: Rules
    criteria: Criteria
    backup_dir: str | None
    backup_max_age: Age | None
    services: ServiceOptions | None


def prune_options(parameters: t.Mapping[str, t.Any], home: str | None = None) -> PruneOptions:
    """Check the module's parameters; ``home`` as for parse_path. Raises OcrModelError that names the wrong one."""
    options = PruneOptions(
        rules=parse_rules(parameters),
        criteria=Criteria(
            keep=tuple(parameters["keep"]),
            min_age=parse_age("min_age", parameters["min_age"]),
            incomplete=parameters["incomplete"],
            max_prune=parse_limit(parameters["max_prune"]),
            in_use=parameters["in_use"],
            min_free=parse_space("min_free", parameters["min_free"]),
        ),
        backup_dir=parse_path("backup_dir", parameters["backup_dir"], home),
        backup_max_age=parse_age("backup_max_age", parameters["backup_max_age"]),
        services=_service_options(parameters),
    )
    if options.backup_max_age is not None and options.backup_dir is None:
        raise OcrModelError("backup_max_age is set, but backup_dir is not; set both, or neither")
    return options


def _service_options(parameters: t.Mapping[str, t.Any]) -> ServiceOptions | None:
    """Return the options about services, None where none may be stopped: that prune loads nothing for it."""
    if not parameters["services"] and parameters["service_timeout"] > 0:
        return None
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.release import parse_services

    options = parse_services(parameters["services"], parameters["release"], parameters["service_timeout"])
    return options if options.wanted else None
