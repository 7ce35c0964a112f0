#!/bin/sh
# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Gives the network namespace that it is started in this address, once the supervisor has given that a link.
#   join_network.sh ADDRESS
set -eu
until ip link show eth0 >/dev/null 2>&1; do sleep 0.02; done
ip address add "$1/16" dev eth0
ip link set lo up
ip link set eth0 up
