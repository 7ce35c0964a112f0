# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The one exception that the modules turn into a failed task."""

from __future__ import annotations


class OcrModelError(Exception):
    """Something is wrong that the user can mend: its text says what, where, and what to do.

    Bytes of a path that are not UTF-8 appear as ``\\xNN`` in it: Ansible refuses a result that it cannot decode.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))
