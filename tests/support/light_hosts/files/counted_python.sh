#!/bin/sh
# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The Python that Ansible is told to use on the hosts: each start, so each module call, leaves a line.
echo "$$" >>/run/module_calls
exec /usr/bin/python3 "$@"
