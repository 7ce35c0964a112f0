# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of an error."""

from __future__ import annotations

import errno
import os

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import explain


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_a_refusal_is_explained_with_what_to_do(number: int) -> None:
    assert explain(OSError(number, os.strerror(number))) == (
        f"{os.strerror(number)} for uid {os.geteuid()}; run as root or as the owner, and look for chattr +i or +a"
    )


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EIO])
def test_other_errors_speak_for_themselves(number: int) -> None:
    assert explain(OSError(number, os.strerror(number))) == os.strerror(number)
