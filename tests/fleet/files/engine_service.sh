#!/bin/sh
# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

### BEGIN INIT INFO
# Provides:          ocr-engine
# Required-Start:    $remote_fs
# Required-Stop:     $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: A service that has a model loaded in the real engine
### END INIT INFO

# What serves is tests/sdk/ocr_service.py, as the user ocr.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
service() {
    runuser -u ocr -- /opt/ocr/sdk/bin/python /opt/ocr/service/ocr_service.py "$1" /home/ocr
}

case ${1:-} in
    start | stop)
        service "$1"
        ;;
    status)
        if service status; then
            echo "ocr-engine is running"
        else
            echo "ocr-engine is stopped"
            exit 3
        fi
        ;;
    *)
        echo "usage: $0 start|stop|status"
        exit 2
        ;;
esac
