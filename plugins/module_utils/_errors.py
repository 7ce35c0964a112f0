# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The one exception that the modules turn into a failed task."""

from __future__ import annotations

from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import one_line


class OcrModelError(Exception):
    """Something is wrong that the user can mend: its text says what, where, and what to do.

    The text is one line that can be decoded, whatever paths it names: Ansible refuses a result that it cannot decode.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))
