# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every host of the tests can, whatever booted it, and the fleet's network that it is in."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import subprocess
import time
import typing as t
from pathlib import Path

MODELS = "/srv/ocr/models"
OCR_USER_ID = 9002


@dataclasses.dataclass(frozen=True)
class OcrHost:
    """One host of a fleet. pid is its process 1 as this machine sees it."""

    name: str
    address: str
    pid: int
    supervisor: int

    @property
    def root(self) -> Path:
        """The root folder of the host."""
        return Path(f"/proc/{self.pid}/root")

    @property
    def models(self) -> Path:
        """The model directory of the host."""
        return self.root / MODELS.lstrip("/")

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command on the host, as root."""
        enter = ["nsenter", "--target", str(self.pid), "--all", "--"]
        return subprocess.run([*enter, *command], capture_output=True, text=True, check=check)

    def put_models(self, models: t.Mapping[str, bytes | int]) -> None:
        """Make exactly these models, with this content or, given a number, that many bytes of a sparse file."""
        self.clear_models()
        for name, content in models.items():
            path = self.models / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, int):
                with path.open("wb") as model:
                    model.truncate(content)
            else:
                path.write_bytes(content)
            for made in (path, *(parent for parent in path.parents if parent.is_relative_to(self.models))):
                os.chown(made, OCR_USER_ID, OCR_USER_ID)

    def clear_models(self) -> None:
        """Empty the model directory."""
        for entry in self.models.iterdir():
            remove(entry)

    def model_names(self) -> set[str]:
        """Names of the files in the model directory, at any depth."""
        return {str(path.relative_to(self.models)) for path in self.models.rglob("*") if not path.is_dir()}

    def unplug(self) -> None:
        """Cut the host off the network: nothing gets through, and nobody says so."""
        self._link("down")

    def plug_in(self) -> None:
        """Undo unplug()."""
        self._link("up")

    def _link(self, state: str) -> None:
        enter = ["nsenter", "--target", str(self.supervisor), "--net", "--"]
        subprocess.run([*enter, "ip", "link", "set", self.name, state], check=True)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def wait_for(condition: t.Callable[[], bool], otherwise: str, *, seconds: float = 30.0) -> None:
    """Return once condition holds; TimeoutError with the text of otherwise after that many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    """The processes that a process of this machine started, as this machine numbers them."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def command_lines(proc: Path = Path("/proc")) -> t.Iterator[tuple[int, list[str]]]:
    """The processes that this folder shows, and the words of their command lines, whatever bytes are in them."""
    for file in proc.glob("[0-9]*/cmdline"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            content = file.read_bytes()
            yield int(file.parent.name), content.decode(errors="backslashreplace").split("\0")[:-1]


def processes_that_name(text: str) -> list[str]:
    """Command lines of this machine's processes that contain text."""
    return [line for line in (" ".join(words) for _pid, words in command_lines()) if text in line]
