# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give ansible-test a get-pip script made of the pip wheel, so that it needs a package index and no other host.

ansible-test downloads get-pip.py, for the one pip version it wants, from a host of its own, unless the script is in its
cache already. Run this with the Python of the environment that holds ansible-test.
"""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

from ansible_test._internal import python_requirements

CACHE = Path.home() / ".ansible" / "test" / "cache"

SCRIPT = """\
import os
import runpy
import sys

wheel = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pip-{version}-py3-none-any.whl")
sys.path.insert(0, wheel)
sys.argv[1:] = ["install"] + [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def wanted_versions() -> list[str]:
    """The pip versions that this ansible-test installs in the environments it makes."""
    source = inspect.getsource(python_requirements.get_venv_packages)
    versions = re.findall(r"pip='([0-9.]+)'", source)
    if not versions:
        raise SystemExit(
            "get_pip.py: ansible-test names its pip version in another way than before: mend wanted_versions()"
        )
    return versions


def main() -> None:
    """Fill the cache; what is there already stays."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for version in wanted_versions():
        script = CACHE / f"get_pip_{version.replace('.', '_')}.py"
        if script.exists():
            continue
        download = ["download", "--quiet", "--no-deps", "--dest", str(CACHE), f"pip=={version}"]
        subprocess.run([sys.executable, "-m", "pip", *download], check=True)
        script.write_text(SCRIPT.format(version=version), encoding="utf-8")


if __name__ == "__main__":
    main()
