# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Stop and start services for a module, and start them although the module is gone.

The module hands this file's text to another Python, which runs ``main``. So it imports nothing of the collection. It is
a process of its own, in a session and, under systemd, in a scope of its own, with only its pipes open: the end of the
module, of its login session or of its unit does not end it, and it keeps neither the module's lock nor its output.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
import typing as t

# Seconds that a step has at least, also when those before it took all the time: each service is to be started.
_LEAST = 2.0
_PAUSE = 0.004
# Of what a command prints, only the end is handed back.
_OUTPUT_LIMIT = 4096
_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C", "LC_ALL": "C"}
# Ignored here or by the module. A service must not inherit that.
_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGIO, signal.SIGPIPE)


def main() -> None:
    """Do what is asked on standard input; when that ends after a stop, start what was stopped.

    The first line is an object: ``stop`` and ``start`` are lists of steps, ``timeout`` is the seconds that each of them
    may take. Each further line is "stop" or "start". Each answer is a line with the results of the steps.
    """
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    os.umask(0o022)
    requests = sys.stdin.buffer
    settings = json.loads(requests.readline() or b"null")
    if settings is None:
        return
    _answer([])
    stopped = False
    for line in requests:
        request = json.loads(line)
        stopped = request == "stop"
        # The command that stops keeps the pipe of the answers open: its end tells the module that both have ended.
        _answer(run_steps(settings[request], settings["timeout"], keep=1 if stopped else None))
    if stopped:
        run_steps(settings["start"], settings["timeout"])


def run_steps(
    steps: t.Sequence[t.Mapping[str, t.Any]], timeout: float, *, keep: int | None = None
) -> list[dict[str, t.Any]]:
    """Run the commands of ``steps`` one after the other, within ``timeout`` seconds in all.

    A step is a command (``run``), which is not run where another (``unless``) ends with 0; one that is ``patient`` goes
    on when its time is over, the others are ended. Returns one result a step: the exit status (None: not in time), what
    it printed, and when it began and ended (seconds of CLOCK_MONOTONIC, which all processes share). ``keep`` is a
    descriptor that the commands keep open.
    """
    until = time.monotonic() + timeout
    results = []
    for step in steps:
        result = None
        if "unless" in step:
            result = _run(step["unless"], until, keep=keep, patient=False)
        if result is None or result["status"] != 0:
            result = _run(step["run"], until, keep=keep, patient=step.get("patient", False))
        results.append(result)
    return results


def _answer(results: list[dict[str, t.Any]]) -> None:
    try:
        os.write(1, json.dumps(results).encode() + b"\n")
    except BrokenPipeError:
        pass  # The module has gone; the end of the requests says so, too.


def _run(command: t.Sequence[str], until: float, *, keep: int | None, patient: bool) -> dict[str, t.Any]:
    began = time.monotonic()
    until = max(until, began + _LEAST)
    # A file: a daemon may keep what is its standard output here open, and a pipe would be waited for.
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            _execute(command, output.fileno(), keep)
        status = _wait(child, until, patient=patient)
        output.seek(0, os.SEEK_END)
        output.seek(max(0, output.tell() - _OUTPUT_LIMIT))
        said = output.read().decode("utf-8", "backslashreplace").strip()
    return {"status": status, "output": said, "began": began, "ended": time.monotonic()}


def _execute(command: t.Sequence[str], output: int, keep: int | None) -> None:
    """Become ``command``: in a session of its own, with no input. Never returns."""
    try:
        os.setsid()
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        if keep is not None:
            os.set_inheritable(os.dup(keep), True)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.execvpe(command[0], list(command), _ENVIRONMENT)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}".encode())
    finally:
        os._exit(127)


def _wait(child: int, until: float, *, patient: bool) -> int | None:
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
        if time.monotonic() >= until:
            if not patient:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
            return None
        time.sleep(_PAUSE)
