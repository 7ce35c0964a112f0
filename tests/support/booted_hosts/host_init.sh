#!/bin/sh
# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Boots one host in the network namespace that it is started in, once the supervisor has given that a link.
#   host_init.sh NAME FOLDER CGROUP ADDRESS SIZE_OF_OCR_DISK [--bind-ro=SOURCE:TARGET]...
set -eu
name=$1 folder=$2 cgroup=$3 address=$4 size=$5
shift 5

echo $$ >"$cgroup/cgroup.procs"
until ip link show eth0 >/dev/null 2>&1; do sleep 0.02; done
ip address add "$address/16" dev eth0
ip link set lo up
ip link set eth0 up

export NOTIFY_SOCKET="$folder/ready" SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
exec systemd-nspawn --quiet --register=no --keep-unit --notify-ready=yes --link-journal=no --resolv-conf=off --timezone=off \
    --directory="$folder/root" --machine="$name" --tmpfs="/srv/ocr:size=$size,mode=755" "$@" --boot
