# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options about which models newer ones supersede, and which a host must have."""

    DOCUMENTATION = r"""
options:
  version_pattern:
    version_added: 1.1.0
    description:
      - A regular expression of Python with a group named C(version), which takes from a model's name, the path relative
        to the model directory, the part that says its version. It is searched, so C(^) and C($) tie it to the ends.
      - Models of one directory whose names are the same before and behind what the group takes are a family. All but
        the O(keep_newest) newest of it are stale, too. A name in which it is not found belongs to no family.
      - Versions compare by their runs of digits, so C(v10) is newer than C(v9), then as text, so C(1.0-rc1) is newer
        than C(1.0).
      - Only whole regular files belong to a family. A partial download, a link, or a model that is stale by its prefix
        is nobody's newest, and no newer one makes it stale. The same holds for one of O(required) that is not what it
        should be. One that is counts as any other, and stays besides the newest ones when it is older.
      - Write one whose parts cannot match the same text in many ways, as C((a+)+) can. It is searched in every name,
        and on such a one Python may take for ever.
    type: str
  keep_newest:
    version_added: 1.1.0
    description:
      - How many of the newest models of each family are not stale. At least 1, which is the default.
      - Needs O(version_pattern).
    type: int
  required:
    version_added: 1.1.0
    description:
      - Models that the host must have. RV(ignore:required) says of each whether it has it.
      - A prune never removes what has such a name, whatever else says that it may go, and gives C(required) as the
        reason where it would have gone.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Its name, the path relative to the model directory, written as the facts show it. With several directories
            it may be in any of them.
          - A name that leads elsewhere, or of which a part begins with a dot, is refused.
        type: str
        required: true
      sha256:
        description: Its SHA-256 in hexadecimal. It is compared where O(checksum) has the file read.
        type: str
      bytes:
        description: Its size.
        type: int
"""
