#!/bin/sh
# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Boots one host in the network namespace that it is started in, once the supervisor has given that a link.
#   host_init.sh JOIN_NETWORK.SH NAME FOLDER CGROUP ADDRESS SIZE_OF_OCR_DISK [--bind-ro=SOURCE:TARGET]...
set -eu
join_network=$1 name=$2 folder=$3 cgroup=$4 address=$5 size=$6
shift 6

echo $$ >"$cgroup/cgroup.procs"
"$join_network" "$address"

export NOTIFY_SOCKET="$folder/ready" SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
exec systemd-nspawn --quiet --register=no --keep-unit --notify-ready=yes --link-journal=no --resolv-conf=off --timezone=off \
    --directory="$folder/root" --machine="$name" --tmpfs="/srv/ocr:size=$size,mode=755" "$@" --boot
