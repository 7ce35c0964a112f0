#!/bin/sh
# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Process 1 of one host: gives the host a root of its own (an overlay of this machine's, written to memory), then keeps sshd running.
# The namespaces are there already; the supervisor made them, and its end is the end of this process and all that it started.
#   host_init.sh JOIN_NETWORK.SH NAME FOLDER ADDRESS SIZE_OF_OCR_DISK [SOURCE TARGET]...
# Each SOURCE, a folder of this machine, is the folder TARGET of the host, to be read only.
set -eu
join_network=$1 name=$2 folder=$3 address=$4 size=$5
shift 5

mkdir "$folder/work" "$folder/root"
mount -t overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work,xino=off" "fleet-$name" "$folder/root"
cd "$folder/root"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
# Never this machine's own /dev: root on the host must not be able to change it.
mount -t tmpfs -o size=1m,mode=755 dev dev
for device in null:3 zero:5 full:7 random:8 urandom:9; do
    mknod -m 666 "dev/${device%:*}" c 1 "${device#*:}"
done
mknod -m 666 dev/tty c 5 0
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o size=64m,mode=1777 shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
# What root of this machine has at home (settings of pip, say) is no business of the host's.
mount -t tmpfs -o size=64m,mode=700 root root
mount -t tmpfs -o size=128m,mode=1777 tmp tmp
mount -t tmpfs -o size=16m,mode=755 run run
mount -t tmpfs -o size=1m,mode=755 srv srv
mkdir run/sshd srv/ocr
mount -t tmpfs -o "size=$size,mode=755" ocr srv/ocr
mkdir srv/ocr/models
chown 9002:9002 srv/ocr srv/ocr/models
: > run/module_calls
chmod 666 run/module_calls
while [ $# -gt 0 ]; do
    mkdir -p "./$2"
    mount --bind "$1" "./$2"
    mount -o remount,ro,bind "./$2"
    shift 2
done
# A link to systemd here would make Ansible take this for a systemd host; it is one with init scripts.
rm -f sbin/init
hostname "$name"

"$join_network" "$address"

mkdir run/old
pivot_root . run/old
cd /
umount -l /run/old
rmdir /run/old
# Nothing of the host has a file open that lies outside of its mounts, as on a host of its own.
exec </dev/null >/run/console 2>&1
# shellcheck disable=SC2016 # The variables are those of the shell that is started here.
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /bin/sh -c '
    while :; do
        /usr/sbin/sshd -D -e -o UsePAM=no || :
        rm -f /run/sshd.pid
        while [ -e /run/sshd.hold ]; do sleep 0.1; done
        sleep 0.1
    done'
