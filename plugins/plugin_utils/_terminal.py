# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print lines for people, which a result is not shown as."""

from __future__ import annotations

from collections.abc import Iterable

from ansible import constants
from ansible.utils.display import Display


def show(lines: Iterable[str]) -> None:
    """Print the lines as such. What reads a JSON callback's output reads the result."""
    callback = str(constants.config.get_config_value("DEFAULT_STDOUT_CALLBACK"))
    if not callback.rpartition(".")[2].startswith("json"):
        for line in lines:
            Display().display(line)
