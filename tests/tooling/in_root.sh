#!/bin/sh
# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs a command, as root, in a root file system that it cannot change: what it writes goes to memory.
#   in_root.sh ROOT FOLDER COMMAND...
# Of this machine it sees the kernel's file systems, and FOLDER, where it also starts, under the same path.
# The caller makes the namespaces; their end is the end of the mounts:
#   unshare --mount --propagation private --pid --fork --kill-child in_root.sh ...
set -eu
lower=$1 folder=$2
shift 2

scratch=$folder/root
mkdir -p "$scratch"
mount -t tmpfs -o mode=755 scratch "$scratch"
mkdir "$scratch/upper" "$scratch/work" "$scratch/root"
mount -t overlay -o "lowerdir=$lower,upperdir=$scratch/upper,workdir=$scratch/work,xino=off" root "$scratch/root"
cd "$scratch/root"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 tmp tmp
mkdir -p "./$folder"
mount --bind "$folder" "./$folder"
# shellcheck disable=SC2016 # The variables are those of the shell that is started here.
exec chroot . /bin/sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
