# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What the engine answers. How it is asked is elsewhere, so that a run that skips it need not load that."""

from __future__ import annotations

from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record


class EngineAnswer(Record):
    """What the SDK said, or why it did not.

    ``state`` is ``released``, ``absent`` (not installed), ``failed`` or ``skipped``; ``message`` is None when nothing
    needs saying. ``package`` and ``version`` name the distribution found, ``python`` the interpreter that was asked.
    ``model_dir`` is the SDK's model directory, ``ocr_dir`` where it keeps the models of its OCR, and ``listed`` are the
    paths that its ``list_local()`` gave, None when it gave none. A relative path is made absolute below the working
    directory, where that is known.
    """

    state: str
    message: str | None = None
    package: str | None = None
    version: str | None = None
    python: str | None = None
    model_dir: str | None = None
    listed: tuple[bytes, ...] | None = None
    ocr_dir: str | None = None


SKIPPED = EngineAnswer(state="skipped")
