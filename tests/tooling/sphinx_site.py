# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let Sphinx build the collection's pages without asking other sites what they contain."""

from __future__ import annotations

import zlib
from pathlib import Path

ANSIBLE_DOCS = "https://docs.ansible.com/projects/ansible/devel/"
# The labels in Ansible's documentation that antsibull-docs refers to from the pages of a collection.
LABELS = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}


def know_ansible_offline(site: Path) -> None:
    """Replace the inventories that conf.py of this site loads from other hosts by one of the labels above."""
    labels = "".join(f"{name} std:label -1 {page}#{name.replace('_', '-')} -\n" for name, page in LABELS.items())
    header = (
        "# Sphinx inventory version 2\n# Project: Ansible\n# Version: devel\n# The rest is compressed using zlib.\n"
    )
    (site / "ansible.inv").write_bytes(header.encode() + zlib.compress(labels.encode()))
    with (site / "conf.py").open("a", encoding="utf-8") as settings:
        settings.write(f"\nintersphinx_mapping = {{'ansible_devel': ({ANSIBLE_DOCS!r}, '../ansible.inv')}}\n")
