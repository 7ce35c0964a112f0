#!/bin/sh
# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Make .cache/nox, the virtual environment that runs the nox sessions, with the first real Python >= 3.11 of this machine.
# A pyenv shim answers 127 for a Python that is not selected, so each candidate has to prove itself.
set -eu

cd "$(dirname "$0")/../.."
environment=.cache/nox

for candidate in "${PYTHON:-python3}" "${HOME:-/}"/.pyenv/versions/*/bin/python3 /usr/local/bin/python3* /usr/bin/python3*; do
    if "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "${python:-}" ]; then
    echo "No Python 3.11 or newer was found: install one, or name it: make PYTHON=/path/to/python3 ..." >&2
    exit 1
fi

echo "Setting up $environment with $("$python" -V) ($python)"
rm -rf "$environment"
# Some distributions leave ensurepip out of their Python; then its pip installs into the new environment from outside.
if ! "$python" -m venv "$environment" >/dev/null 2>&1; then
    "$python" -m venv --clear --without-pip "$environment"
    "$python" -m pip --python "$environment/bin/python" install --quiet pip
fi
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/tooling/requirements.txt
touch "$environment/bin/python"
