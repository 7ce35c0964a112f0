# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The rules that say of the models of a directory which are stale, and which required: the same for facts and prune."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import OCR, parse_stale_prefixes
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import scan
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

if t.TYPE_CHECKING:
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.families import Versions
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.required import Required

DEFAULT_STALE_PREFIXES = ("old_",)

# What aspose.ocr.Resources lists, and removes: files of that name directly in its folder.
_OCR_MODEL = b".ocr"

NO_CHECKSUM = "none"
SHA256 = "sha256"
OF_REQUIRED = "required"


class Rules(Record):
    """What makes a model stale, which models must be there, and of which the checksum is read."""

    stale_prefixes: tuple[str, ...]
    versions: Versions | None = None
    required: tuple[Required, ...] = ()
    checksum: str = NO_CHECKSUM


def parse_rules(parameters: t.Mapping[str, t.Any], *, default_prefixes: t.Sequence[str] = ()) -> Rules:
    """Return the rules that a module's parameters for RULE_ARGUMENTS, ``stale_prefixes`` and ``checksum`` stand for.

    Where neither prefixes nor a ``version_pattern`` is named, the ``default_prefixes`` are taken. What the rules need
    is imported here: the user whose identity is taken on later cannot read the module's file. Raises OcrModelError.
    """
    versions = None
    required: tuple[Required, ...] = ()
    if parameters["version_pattern"] is not None:
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.families import parse_versions

        versions = parse_versions(parameters["version_pattern"], parameters["keep_newest"])
    elif parameters["keep_newest"] is not None:
        raise OcrModelError("keep_newest is set, but version_pattern is not; set both, or neither")
    if parameters["required"]:
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.required import parse_required

        required = parse_required(parameters["required"])
    if parameters["checksum"] != NO_CHECKSUM:
        # pylint: disable-next=unused-import
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._models import checksums  # noqa: F401
    prefixes = parameters["stale_prefixes"]
    if prefixes is None and versions is None:
        prefixes = default_prefixes
    return Rules(
        parse_stale_prefixes(prefixes) if prefixes or versions is None else (),
        versions,
        required,
        parameters["checksum"],
    )


def find_models(
    directory: ModelDirectory, rules: Rules, known: t.Iterable[Model] = (), *, store: str | None = None
) -> list[Model]:
    """Return every model below ``directory``, sorted by location, with all that the rules say of it.

    In the SDK's store of OCR models these are the files that the SDK lists there. Of what is among the ``known`` models
    and did not change since the checksum is not read again. Raises OcrModelError, as scan does.
    """
    models = scan(directory, rules.stale_prefixes)
    if store == OCR:
        models = [model for model in models if not model.folder and model.file_name.lower().endswith(_OCR_MODEL)]
    if rules.checksum != NO_CHECKSUM:
        models = _with_checksums(directory, models, rules, known)
    if rules.required:
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.required import mark_required

        models = mark_required(models, rules.required, compare_sums=rules.checksum != NO_CHECKSUM)
    # Last: which models are required, and not what they should be, plays a part.
    return models if rules.versions is None else rules.versions.mark(models)


def _with_checksums(
    directory: ModelDirectory, models: t.Sequence[Model], rules: Rules, known: t.Iterable[Model]
) -> list[Model]:
    """Return the models with the checksums that are wanted, each file read once."""
    # Few ask for checksums, and every import costs every host some time.
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.checksums import checksums_of

    given = {one.location for one in rules.required if one.sha256 is not None}
    wanted = [model for model in models if rules.checksum == SHA256 or model.location in given]
    read = {(model.identity, model.size, model.modified_ns): model.checksum for model in known if model.checksum}
    sums = {model.identity: read.get((model.identity, model.size, model.modified_ns)) for model in wanted}
    sums.update(checksums_of(directory, [model for model in wanted if sums[model.identity] is None]))
    locations = {model.location for model in wanted}
    return [
        model._replace(checksum=sums.get(model.identity)) if model.location in locations else model for model in models
    ]
