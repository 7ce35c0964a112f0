# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask the package index whether each pinned tool has a release for this version of Python: pins.py 3.11

Run it with the Python of an environment that has pip and packaging; of that Python itself nothing is asked.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement

CONSTRAINTS = Path(__file__).with_name("constraints.txt")


def pins() -> list[Requirement]:
    """Every line of the file that is a requirement."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def main() -> None:
    """Exit with what is wrong, or with 0."""
    (version,) = sys.argv[1:]
    every = pins()
    fitting = [pin for pin in every if pin.marker is None or pin.marker.evaluate({"python_version": version})]
    names = [pin.name for pin in fitting]
    if sorted(names) != sorted({pin.name for pin in every}):
        sys.exit(
            f"{CONSTRAINTS.name}: Python {version} has not exactly one pin of each tool: {' '.join(sorted(names))}"
        )
    # Markers are evaluated above, as pip evaluates them for the Python that it runs on.
    wanted = [f"{pin.name}{pin.specifier}" for pin in fitting]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run"]
    command += ["--no-deps", "--only-binary=:all:", "--python-version", version, "--target", "/nonexistent"]
    if subprocess.run([*command, *wanted], check=False).returncode != 0:
        sys.exit(f"{CONSTRAINTS.name}: not every pin has a release for Python {version}: add one with a marker")


if __name__ == "__main__":
    main()
