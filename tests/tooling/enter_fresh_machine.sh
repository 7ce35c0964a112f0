#!/bin/sh
# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Run a command on a fresh machine; its mounts end with the mount namespace, which the caller has made.
#   enter_fresh_machine.sh ROOT FOLDER [SHARED]... -- COMMAND [ARGUMENT]...
# FOLDER, of that machine, is where the command runs. Each SHARED folder of this machine is at the same place there, to be read only.
set -eu
# As on a real machine, the root is a mount: of a changed root that is none, /proc does not tell it.
mount --bind "$1" "$1"
cd "$1"
folder=$2
shift 2

mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
while [ "$1" != -- ]; do
    mkdir -p "./$1"
    mount --bind "$1" "./$1"
    mount -o remount,ro,bind "./$1"
    shift
done
shift
mount --move . /
# shellcheck disable=SC2016 # The variables are those of the shell that is started here.
exec chroot . /bin/sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
