# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have another controller maintain a part of the fleet, with the fact cache that its own ansible.cfg names:

    python transmit.py FOLDER NAME HOSTS | ssh OTHER ansible-runner worker | ansible-runner process FOLDER --ident NAME

FOLDER has the inventory; HOSTS is a part of it, for example 'all[0:4999]'. Each part needs another NAME.
"""

from __future__ import annotations

import sys

import ansible_runner

folder, name, hosts = sys.argv[1:]
ansible_runner.run(
    streamer="transmit",
    private_data_dir=folder,
    ident=name,
    limit=hosts,
    playbook="ocrfleet.aspose.maintain",
    # Unless told so here, ansible-runner caches facts in files among its artifacts, whatever ansible.cfg says.
    fact_cache_type="redis",
)
