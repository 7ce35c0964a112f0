# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show on this machine what the collection does to an OCR host: `make demo`.

Everything happens below .cache/demo: Ansible, a home directory with models like those of the SDK's tutorials, and the
report. The SDK is installed into a virtual environment of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
CACHE = CHECKOUT / ".cache"
DEMO = CACHE / "demo"
HOME = DEMO / "home"
MODELS = HOME / ".local" / "share" / "Aspose.AI.LLM" / "models"
REPORT = DEMO / "report"
SDK = CACHE / "sdk"

MEGABYTE = 1000 * 1000
DAY = 86400
# Name, size, age in seconds.
MODEL_FILES = {
    "en_ocr_v1.bin": (6 * MEGABYTE, 10 * DAY),
    "de_ocr_v1.bin": (5 * MEGABYTE, 10 * DAY),
    "old_fr_ocr_v1.bin": (4 * MEGABYTE, 90 * DAY),
    "old_de_ocr_v1.bin": (3 * MEGABYTE, 60 * DAY),
    "bartowski_Qwen2-VL-2B-Instruct-GGUF/Qwen2-VL-2B-Instruct-Q4_K_M.gguf": (12 * MEGABYTE, 5 * DAY),
    "bartowski_Qwen2-VL-2B-Instruct-GGUF/mmproj-Qwen2-VL-2B-Instruct-f16.gguf": (2 * MEGABYTE, 5 * DAY),
    "old_Qwen2-VL-GGUF/Qwen2-VL-Q4_K_M.gguf": (9 * MEGABYTE, 200 * DAY),
    "old_Qwen2-VL-GGUF/mmproj-Qwen2-VL-f16.gguf": (1 * MEGABYTE, 200 * DAY),
    "Llama-3.2-3B-Instruct-Q4_K_M.gguf.part": (7 * MEGABYTE, 3 * DAY),
}
# What a fleet's group_vars would have.
SETTINGS = """\
---
ocr_hosts:
  hosts:
    demo-host:
      ansible_connection: local
      ansible_python_interpreter: "{{ ansible_playbook_python }}"
  vars:
    ocr_maintenance_prune: true
    ocr_maintenance_stale_prefixes: [old_]
    ocr_maintenance_keep: ["*_fr_*"]
    ocr_maintenance_incomplete: true
    ocr_maintenance_max_prune: 80%
"""


def say(text: str) -> None:
    """Show where the demo is."""
    print(f"\n\033[1m==> {text}\033[0m" if sys.stdout.isatty() else f"\n==> {text}", flush=True)


def run(*command: str) -> None:
    """Run a command of the preparation; it must succeed."""
    completed = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
    if completed.returncode != 0:
        sys.exit(f"\nThe demo ends here: {' '.join(command)} failed.")


def install_ansible() -> Path:
    """Ansible in an environment of the demo; the folder of its commands."""
    commands = DEMO / "ansible" / "bin"
    if not (commands / "ansible-playbook").exists():
        shutil.rmtree(commands.parent, ignore_errors=True)
        # Debian has venv without pip in its smallest Python, so this one's pip does the work.
        run(sys.executable, "-m", "venv", "--without-pip", str(commands.parent))
        pip = (sys.executable, "-m", "pip", "--python", str(commands / "python"), "--disable-pip-version-check")
        run(*pip, "install", "--quiet", "ansible-core")
    collection = DEMO / "collections" / "ansible_collections" / "ocrfleet" / "aspose"
    if not collection.is_symlink():
        collection.parent.mkdir(parents=True, exist_ok=True)
        collection.symlink_to(CHECKOUT)
    return commands


def make_host() -> None:
    """A home directory with the models of an OCR application, as it would be after some months."""
    shutil.rmtree(HOME, ignore_errors=True)
    shutil.rmtree(REPORT, ignore_errors=True)
    for name, (size, age) in MODEL_FILES.items():
        path = MODELS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(size))
        changed = time.time() - age
        os.utime(path, (changed, changed))
    (DEMO / "inventory.yml").write_text(SETTINGS)


def files() -> dict[str, int]:
    """The model files that are there, and their sizes."""
    return {str(path.relative_to(MODELS)): path.stat().st_size for path in sorted(MODELS.rglob("*")) if path.is_file()}


def play(commands: Path, playbook: str, *arguments: str) -> str:
    """Run a playbook of the collection as its users do, show what it prints, and return that."""
    command = [
        *(str(commands / "ansible-playbook"), "-i", str(DEMO / "inventory.yml"), f"ocrfleet.aspose.{playbook}"),
        *("-e", f"ocr_maintenance_sdk_python={SDK / 'newest' / 'bin' / 'python'}"),
        *arguments,
    ]
    print(f"$ ansible-playbook ocrfleet.aspose.{playbook} {' '.join(arguments)}", flush=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
        "ANSIBLE_COLLECTIONS_PATH": str(DEMO / "collections"),
        "ANSIBLE_FORCE_COLOR": str(sys.stdout.isatty()),
        "ANSIBLE_LOCALHOST_WARNING": "False",
        # The host is this machine, but neither Ansible nor the SDK is to see the home of the person at it.
        "HOME": str(HOME),
        "LC_ALL": "C.UTF-8",
        "XDG_DATA_HOME": str(HOME / ".local" / "share"),
    }
    printed = []
    with subprocess.Popen(
        command,
        env=environment,
        cwd=DEMO,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            printed.append(line)
    if process.returncode != 0:
        sys.exit("\nThe demo ends here: the playbook failed.")
    return "".join(printed)


def changes(output: str) -> int:
    """How many tasks changed something, from Ansible's recap."""
    return sum(int(number) for number in re.findall(r"changed=(\d+)", output))


def megabytes(size: int) -> str:
    """A size for people."""
    return f"{size / MEGABYTE:.0f} MB"


def main() -> None:
    """Prepare, play, and say what happened."""
    started = time.monotonic()
    say("1/6  Install Ansible and the OCR SDK (the first time this downloads 150 MB)")
    DEMO.mkdir(parents=True, exist_ok=True)
    commands = install_ansible()
    run(sys.executable, str(CHECKOUT / "tests" / "tooling" / "prepare_sdk.py"), "--into", str(SDK), "--only", "newest")

    say(f"2/6  Make an OCR host with {len(MODEL_FILES)} models in {MODELS.relative_to(CHECKOUT)}")
    make_host()
    before = files()
    for name, size in before.items():
        print(f"{megabytes(size):>8}  {name}")

    say("3/6  See what a prune would do: --check --diff")
    predicted = play(commands, "maintain", "--check", "--diff")
    checked = files()

    say("4/6  Prune")
    first = play(commands, "maintain", "--diff")
    after = files()

    say("5/6  Prune again: nothing is left to do")
    second = play(commands, "maintain")

    say("6/6  Report the fleet")
    play(commands, "report", "-e", f"ocr_fleet_report_dir={REPORT}")

    pruned = {name: size for name, size in before.items() if name not in after}
    say("What happened")
    print(f"The dry run said changed={changes(predicted)}, and removed {len(before) - len(checked)} files.")
    freed = megabytes(sum(pruned.values()))
    print(f"The prune said changed={changes(first)}, removed {len(pruned)} files and freed {freed}:")
    for name in pruned:
        print(f"    {name}")
    print(f"It kept {len(after)} files; old_fr_ocr_v1.bin among them, because of the keep pattern *_fr_*.")
    print(f"The second prune said changed={changes(second)}.")
    print(f"All of it took {time.monotonic() - started:.0f} seconds.")
    print(f"The report of the fleet, to be opened in a browser: {REPORT / 'report.html'}")


if __name__ == "__main__":
    main()
