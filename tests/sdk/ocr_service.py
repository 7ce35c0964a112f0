# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A true OCR service: it holds a model in the real engine until it is stopped.

    ocr_service.py start HOME      return when the model is loaded
    ocr_service.py release HOME    have it call free_resources(), return when that is done
    ocr_service.py stop HOME       return when its process has ended
    ocr_service.py status HOME     exit status 0 when it runs

HOME is a copy of the home directory that prepare_sdk.py makes. The Python must be one that has the SDK.
"""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

START_SECONDS = 60


class OcrService:
    """The service of one home directory."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.pid_file = home / "ocr-service.pid"
        self.state_file = home / "ocr-service.state"
        self.log = home / "ocr-service.log"

    def start(self) -> None:
        """Start the process that serves, and wait until it has loaded the model."""
        self.state_file.unlink(missing_ok=True)
        work = self.home / "work"
        work.mkdir(exist_ok=True)
        data = self.home / ".local" / "share" / "Aspose.AI.LLM"
        native = next(data.glob("runtimes/*/*/native"))
        environment = {
            "HOME": str(self.home),
            "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1",
            "LD_LIBRARY_PATH": f"{native}:{self.home / 'lib'}",
            # With an nvcc on the path, the SDK looks for a runtime for that.
            "PATH": "/usr/bin:/bin",
        }
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, str(Path(__file__).resolve()), "serve", str(self.home)],
                cwd=work,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.pid_file.write_text(f"{process.pid}\n")
        deadline = time.monotonic() + START_SECONDS
        while self.state() != "ready":
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                self.pid_file.unlink()
                sys.exit(f"the model was not loaded:\n{self.log.read_text(errors='replace')}")
            time.sleep(0.02)

    def release(self) -> None:
        """Have the engine release its resources."""
        self.state_file.unlink()
        os.kill(self.pid(), signal.SIGUSR1)
        while self.is_running() and self.state() != "released":
            time.sleep(0.02)
        if self.state() != "released":
            sys.exit(f"the service ended instead:\n{self.log.read_text(errors='replace')}")

    def stop(self) -> None:
        """End the process, if there is one."""
        if not self.is_running():
            return
        os.kill(self.pid(), signal.SIGTERM)
        while self.is_running():
            time.sleep(0.02)
        self.pid_file.unlink()

    def serve(self) -> None:
        """Load the model, then wait for signals. This is the process that the others talk to."""
        signals = {signal.SIGUSR1, signal.SIGTERM}
        # Before .NET has threads that could take them.
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        ai = importlib.import_module("aspose.ocr.ai")
        config = ai.AsposeAIModelConfig()
        config.gpu_layers = 0
        config.context_size = 512
        engine = ai.AsposeAI()
        engine.set_post_processor(ai.SpellCheckAIProcessor(), config)
        self.tell("ready")
        while signal.sigwait(signals) == signal.SIGUSR1:
            engine.free_resources()
            self.tell("released")

    def tell(self, state: str) -> None:
        """Let the others know."""
        draft = self.state_file.with_suffix(".new")
        draft.write_text(state)
        draft.rename(self.state_file)

    def state(self) -> str:
        """What the service told last."""
        return self.state_file.read_text() if self.state_file.exists() else ""

    def pid(self) -> int:
        """The number of the process that serves."""
        return int(self.pid_file.read_text())

    def is_running(self) -> bool:
        """Whether that process is there and has not ended."""
        try:
            return Path(f"/proc/{self.pid()}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except FileNotFoundError:
            return False


def main() -> None:
    """Do what the command line says."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    command, service = sys.argv[1], OcrService(Path(sys.argv[2]).resolve())
    if command == "status":
        sys.exit(0 if service.is_running() else 3)
    commands = {
        "start": service.start,
        "release": service.release,
        "stop": service.stop,
        "serve": service.serve,
    }
    if command not in commands:
        sys.exit(__doc__)
    commands[command]()


if __name__ == "__main__":
    main()
