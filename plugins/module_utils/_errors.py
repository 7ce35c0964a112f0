# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The one exception that the modules turn into a failed task."""

from __future__ import annotations


class OcrModelError(Exception):
    """Something is wrong that the user can mend: its text says what, where, and what to do."""
