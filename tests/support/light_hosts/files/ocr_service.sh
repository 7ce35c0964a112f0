#!/bin/sh
# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

### BEGIN INIT INFO
# Provides:          ocr
# Required-Start:    $remote_fs
# Required-Stop:     $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: A service that keeps models mapped, as the OCR engine does
### END INIT INFO

# Installed under several names. /etc/default/NAME says which models it keeps, and what goes wrong: commands to run before it starts
# and after it has stopped, whose failure is that of the action.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
name=$(basename "$0")
pid_file=/run/$name.pid
ready_file=/run/$name/ready
MODELS=
BEFORE_START=
AFTER_STOP=
# shellcheck disable=SC1090 # The file is the host's.
if [ -r "/etc/default/$name" ]; then . "/etc/default/$name"; fi

case ${1:-} in
    start)
        eval "$BEFORE_START" || exit 1
        rm -rf "/run/$name"
        install -d -o ocr "/run/$name"
        # shellcheck disable=SC2086 # A list of names without spaces.
        start-stop-daemon --start --oknodo --background --make-pidfile --pidfile "$pid_file" --chuid ocr --chdir /srv/ocr \
            --startas /usr/bin/python3 -- /opt/ocr/model_holder.py "$ready_file" $MODELS
        for _ in $(seq 100); do
            if [ -e "$ready_file" ]; then echo "$name is running"; exit 0; fi
            sleep 0.1
        done
        echo "$name: not ready after 10 seconds"
        exit 1
        ;;
    stop)
        start-stop-daemon --stop --oknodo --retry TERM/10/KILL/5 --remove-pidfile --pidfile "$pid_file" || exit 1
        eval "$AFTER_STOP" || exit 1
        ;;
    status)
        if start-stop-daemon --status --pidfile "$pid_file"; then
            echo "$name is running"
        else
            echo "$name is stopped"
            exit 3
        fi
        ;;
    restart)
        "$0" stop && "$0" start
        ;;
    *)
        echo "usage: $0 start|stop|status|restart"
        exit 2
        ;;
esac
