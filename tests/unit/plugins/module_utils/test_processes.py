# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ordinary user of the tests needs no file of the checkout, which can lie in a folder of root's."""

from __future__ import annotations

import sys

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._models import checksums
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import IS_ROOT
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import as_ordinary_user


@pytest.mark.skipif(not IS_ROOT, reason="only root becomes another user")
def test_what_no_test_imported_yet_is_there_after_the_change_of_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, checksums.__name__)
    assert as_ordinary_user(lambda: checksums.__name__ in sys.modules)
