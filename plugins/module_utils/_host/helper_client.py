# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The module's end of the service helper: start it, ask it, and do its work where it dies."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.service import Operation, StepResult
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.systemd import is_booted
from ansible_collections.ocrfleet.aspose.plugins.module_utils._source import source_of

if t.TYPE_CHECKING:
    # Ansible sends what it sees imported to the host. There it is mostly read as text only.
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import service_helper  # noqa: F401

# Out of the session's scope and of the unit of a pull run: both may be stopped, with all processes in them.
_SCOPE = (
    "systemd-run",
    "--scope",
    "--slice=system.slice",
    "--quiet",
    "--collect",
    "--description=Service helper of ocr_model_prune",
    "--",
)
_BOOTSTRAP = "import sys; exec(compile(sys.stdin.buffer.read(%d), 'service_helper', 'exec')); main()"
# Seconds that the helper may take beyond the time of the commands it runs.
_GRACE = 15.0


class HelperGone(Exception):
    """The helper has ended, or does not answer; its text says what it said."""


class ServiceHelper:
    """The process that stops and starts services; it starts them although this process ends without a word.

    ``busy`` is whether it owes an answer.
    """

    def __init__(self, operation: Operation, timeout: int) -> None:
        """Start it. It answers when it is ready. Raises OSError when it cannot be started."""
        self._operation = operation
        self._timeout = timeout
        self._received = b""
        self.busy = False
        program = source_of("service_helper", beside=__name__)
        command = [sys.executable, "-I", "-c", _BOOTSTRAP % len(program)]
        # Its lifetime is not bound to a call, as that of run_command's child would be.
        self._process = subprocess.Popen(  # pylint: disable=ansible-bad-function,consider-using-with
            [*_SCOPE, *command] if is_booted() else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd="/",
            start_new_session=True,
        )
        settings = {"stop": operation.stop, "start": operation.start, "timeout": timeout}
        self._unsent = program + json.dumps(settings).encode() + b"\n"

    def wait_until_ready(self) -> None:
        """Hand the program over and wait for its word. Raises HelperGone."""
        self._ask(b"")

    def ask(self, request: str) -> list[StepResult]:
        """Have it "stop" or "start", and return the results of the steps. Raises HelperGone."""
        return self._ask(json.dumps(request).encode() + b"\n")

    def dismiss(self) -> None:
        """Let it go, as nothing is stopped any more, and wait until it has ended."""
        self._end(_GRACE)

    def abandon(self) -> None:
        """Leave it alone: it waits for its command, then starts what was stopped. Wait until it has ended."""
        self._end(2 * self._timeout + _GRACE)

    def kill(self) -> None:
        """End it."""
        self._process.kill()
        self._end(_GRACE)

    def _end(self, patience: float) -> None:
        for stream in self._pipes():
            stream.close()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, request: bytes) -> list[StepResult]:
        stdin, stdout, _stderr = self._pipes()
        self.busy = True
        request, self._unsent = self._unsent + request, b""
        try:
            while request:
                request = request[stdin.write(request) or 0 :]
        except OSError as error:
            raise HelperGone(self._last_words()) from error
        until = time.monotonic() + self._timeout + 2 * len(self._operation.start) + _GRACE
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while b"\n" not in self._received:
                if not selector.select(max(0.0, until - time.monotonic())):
                    if time.monotonic() < until:
                        continue
                    raise HelperGone("it does not answer")
                data = os.read(stdout.fileno(), 65536)
                if not data:
                    raise HelperGone(self._last_words())
                self._received += data
        line, _newline, self._received = self._received.partition(b"\n")
        answer: list[StepResult] = json.loads(line)
        self.busy = False
        return answer

    def _pipes(self) -> tuple[t.IO[bytes], t.IO[bytes], t.IO[bytes]]:
        process = self._process
        return t.cast("tuple[t.IO[bytes], t.IO[bytes], t.IO[bytes]]", (process.stdin, process.stdout, process.stderr))

    def _last_words(self) -> str:
        """Return what an ended helper printed, or how it ended."""
        try:
            status = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return "it closed its pipes"
        said = self._pipes()[2].read().decode("utf-8", "backslashreplace").strip().splitlines()
        return said[-1] if said else f"it ended with status {status}"
