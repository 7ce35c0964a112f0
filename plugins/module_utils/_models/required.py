# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The models that a host must have, and whether it has them. Pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import DIFFERENT, INCOMPLETE, PRESENT, Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import as_displayed, displayed

MISSING = "missing"

_SHA256 = "[0-9a-f]{64}"


class Required(Record):
    """A model that the host must have: its location, and what is known of its content. ``size`` in bytes."""

    location: bytes
    sha256: str | None = None
    size: int | None = None

    def state_of(self, model: Model, *, compare_sum: bool) -> str:
        """Return PRESENT or DIFFERENT for the model of this name. One whose sum could not be read is no proof."""
        is_the_one = (
            not model.is_link
            and model.status != INCOMPLETE
            and self.size in (None, model.size)
            and (not compare_sum or self.sha256 in (None, model.checksum))
        )
        return PRESENT if is_the_one else DIFFERENT


def mark_required(models: t.Sequence[Model], required: t.Sequence[Required], *, compare_sums: bool) -> list[Model]:
    """Return the models of one directory, in their order; the required ones know whether they are what is asked for."""
    wanted = {one.location: one for one in required}
    marked = list(models)
    for number, model in enumerate(models):
        one = wanted.get(model.location)
        if one is not None:
            marked[number] = model._replace(required=one.state_of(model, compare_sum=compare_sums))
    return marked


def required_facts(
    required: t.Sequence[Required], found: t.Sequence[tuple[str, t.Sequence[Model]]]
) -> dict[str, t.Any]:
    """Return the facts about the required models: ``required``, ``missing_count`` and ``different_count``.

    ``found`` are the path, as it is displayed, and the models of each directory. A model that is what is asked for in
    one of them is present, whatever another one has of that name.
    """
    states: dict[bytes, tuple[str, str]] = {}
    for path, models in found:
        for model in models:
            if model.required is None or (model.location in states and model.required != PRESENT):
                continue
            if states.get(model.location, ("",))[0] != PRESENT:
                states[model.location] = (model.required, f"{path.rstrip('/')}/{model.name}")
    rows = []
    directories = [path for path, _models in found]
    for one in required:
        state, where = states.get(one.location, (MISSING, None))
        rows.append({"name": displayed(one.location), "state": state, "path": where, "directories": directories})
    return {"required": rows, **count_states(rows)}


def count_states(rows: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, int]:
    """Return how many of the required models are missing, and how many are different."""
    states = [row["state"] for row in rows]
    return {"missing_count": states.count(MISSING), "different_count": states.count(DIFFERENT)}


def parse_required(items: t.Sequence[t.Mapping[str, t.Any]]) -> tuple[Required, ...]:
    """Return the option ``required``, checked. Raises OcrModelError that names the wrong item."""
    parsed: dict[bytes, Required] = {}
    for item in items:
        one = _parse(item)
        if one.location in parsed:
            raise OcrModelError(f"required: {item['name']} is named twice; name it once")
        parsed[one.location] = one
    return tuple(parsed.values())


def _parse(item: t.Mapping[str, t.Any]) -> Required:
    name, size = item["name"].strip(), item.get("bytes")
    sha256 = (item.get("sha256") or "").strip().lower() or None
    parts = name.split("/")
    if "" in parts or "\0" in name:
        raise OcrModelError(
            f"required: {name!r} is no model's name; write the path below the model directory, for example "
            "qwen/weights.gguf"
        )
    hidden = next((part for part in parts if part.startswith(".")), None)
    if hidden is not None:
        raise OcrModelError(
            f"required: {name!r} has the part {hidden!r}; a model's name neither leads elsewhere nor is hidden, so no "
            "part of it begins with a dot"
        )
    if sha256 is not None and not re.fullmatch(_SHA256, sha256):
        raise OcrModelError(f"required: the sha256 of {name} is {sha256!r}, not 64 hexadecimal digits")
    if size is not None and size < 0:
        raise OcrModelError(f"required: {name} cannot have {size} bytes; give its size, or leave bytes out")
    try:
        return Required(as_displayed(name), sha256, size)
    except ValueError as error:
        raise OcrModelError(
            f"required: {name!r} is not spelled as the facts show names; write a backslash as two"
        ) from error
