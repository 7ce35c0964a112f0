# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Run the probe in another Python, within bounds of time and memory, and leave nothing of it behind."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import selectors
import signal
import subprocess
import time
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import OPEN_START
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import prepare_child, root, taken_on
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record
from ansible_collections.ocrfleet.aspose.plugins.module_utils._source import source_of

if t.TYPE_CHECKING:
    # Ansible sends what it sees imported to the host. There the probe is only read as text, which costs no compiling.
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine import probe  # noqa: F401

# Half a million paths of usual length. The answer is held in memory, so it must end somewhere.
ANSWER_LIMIT = 64 * 1024 * 1024
# Of what the child prints, only the end is kept. .NET prints up to 3 KB about the reason of an abort.
OUTPUT_LIMIT = 16 * 1024
# Seconds between TERM and KILL, and after KILL until a process that the kernel does not end is left alone.
GRACE = 3.0


class Said(Record):
    """What the probe sent, in the order in which it came; None for what did not come.

    ``outcome`` is the probe's last word. A child that died before has none, but may have sent the rest.
    """

    python_version: str | None
    builds: tuple[str, ...]
    package: str | None
    version: str | None
    model_dir: bytes | None
    listed: tuple[bytes, ...] | None
    held: tuple[bytes, ...]
    ocr_dir: bytes | None
    detail: str
    outcome: str | None


class Ended(Record):
    """How the child ended.

    ``status`` is its exit status, negative for a signal, None if even KILL did not end it. ``timed_out`` and
    ``overflowed`` (the answer was too long) tell why it was ended. ``output`` is the end of what it printed.
    """

    status: int | None
    timed_out: bool
    overflowed: bool
    output: str
    said: Said

    @property
    def released(self) -> bool:
        """Whether the SDK answered, was released, and ended as it should."""
        return self.said.outcome == "released" and self.status == 0 and not (self.timed_out or self.overflowed)

    @property
    def signal_name(self) -> str | None:
        """The signal that ended it; a shell script around Python reports that as 128 and more."""
        status = self.status or 0
        try:
            return signal.Signals(-status if status < 0 else status - 128).name
        except ValueError:
            return None


def run_probe(
    *, python: str, folder: str, variables: t.Mapping[str, str], timeout: float, private: str | None = None
) -> Ended:
    """Run the probe in an interpreter until it ends or the seconds are over. No process of its group is left.

    In ``private``, an empty folder, it asks for the OCR models too. Raises OSError when the interpreter cannot be
    started.
    """
    # Made as the user, who may open them again: as /dev/stdout, say.
    program_read, program_write = os.pipe()
    output_read, output_write = os.pipe()
    answer_read, answer_write = os.pipe()
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, output_read)
        stack.callback(os.close, answer_read)
        try:
            process = _start(
                [python, "-I", "-"],
                folder,
                stdin=program_read,
                stdout=output_write,
                stderr=subprocess.STDOUT,
                env=variables,
                pass_fds=(answer_write,),
                start_new_session=True,
            )
        except BaseException:
            os.close(program_write)
            raise
        finally:
            for descriptor in (program_read, output_write, answer_write):
                os.close(descriptor)
        program = _PROBE + b"\nmain(%d, %r)\n" % (answer_write, None if private is None else os.fsencode(private))
        pipes = _Pipes(process, program_write, program, output_read, answer_read)
        stack.callback(pipes.close)
        try:
            in_time = pipes.serve(until=time.monotonic() + timeout)
        finally:
            _end_group(process)
        pipes.serve_rest()
        overflowed = len(pipes.answer) > ANSWER_LIMIT
        return Ended(
            status=process.returncode,
            timed_out=not in_time and not overflowed,
            overflowed=overflowed,
            output=pipes.output.decode("utf-8", "replace"),
            said=_parse(bytes(pipes.answer)),
        )


def _start(command: t.Sequence[str], folder: str, **options: t.Any) -> subprocess.Popen[bytes]:
    """Start a process in ``folder``: forked as root where this process has taken on a user, and from then on that user.

    Raises OSError.
    """
    account = taken_on()
    if account is None and signal.getsignal(signal.SIGIO) != signal.SIG_IGN:
        # A module's run_command knows neither a time-out nor a bound of what it keeps.
        return subprocess.Popen(command, cwd=folder, **options)  # pylint: disable=ansible-bad-function
    with contextlib.ExitStack() as stack:
        place = os.open(folder, OPEN_START)
        stack.callback(os.close, place)
        # Whether the user may enter it: what fails after the fork has no reason left.
        stack.callback(os.close, os.open(".", OPEN_START, dir_fd=place))
        stack.enter_context(root())
        try:
            return subprocess.Popen(  # pylint: disable=ansible-bad-function,subprocess-popen-preexec-fn
                command, preexec_fn=functools.partial(prepare_child, account, place), **options
            )
        except subprocess.SubprocessError as error:
            raise PermissionError(errno.EPERM, "its process cannot take on that user's identity", folder) from error


# Read at once: Ansible's zip file is closed to the user whose identity a module takes on.
_PROBE = source_of("probe", beside=__name__)


class _Pipes:
    """The three pipes of the child: the program goes in, its answer and what it prints come out, within bounds."""

    def __init__(
        self, process: subprocess.Popen[bytes], program_fd: int, program: bytes, output_fd: int, answer_fd: int
    ) -> None:
        self.answer = bytearray()
        self.output = bytearray()
        self._process = process
        self._program = memoryview(program)
        self._program_fd: int | None = program_fd
        self._selector = selectors.DefaultSelector()
        for fd in (program_fd, output_fd, answer_fd):
            os.set_blocking(fd, False)
        self._selector.register(program_fd, selectors.EVENT_WRITE, self._write_program)
        self._selector.register(output_fd, selectors.EVENT_READ, self._read_output)
        self._selector.register(answer_fd, selectors.EVENT_READ, self._read_answer)

    def serve(self, *, until: float) -> bool:
        """Serve the pipes until the process has ended (True), or the time or the answer's limit is reached (False)."""
        while not _has_ended(self._process):
            left = until - time.monotonic()
            if left <= 0 or len(self.answer) > ANSWER_LIMIT:
                return False
            if self._selector.get_map():
                # Not until the pipes end: a process that the SDK left behind may keep them open.
                self._serve_once(min(left, 0.1))
            else:
                time.sleep(min(left, 0.002))
        return True

    def serve_rest(self) -> None:
        """Take what the ended process left in the pipes. Bounded: a process that moved away may still be writing."""
        for _turn in range(64):
            if not self._serve_once(0):
                break

    def close(self) -> None:
        """Close what this opened, and the child's standard input."""
        self._selector.close()
        self._close_program()

    def _serve_once(self, patience: float) -> bool:
        ready = self._selector.select(patience)
        for key, _events in ready:
            key.data(key.fd)
        return bool(ready)

    def _write_program(self, fd: int) -> None:
        try:
            self._program = self._program[os.write(fd, self._program) :]
        except BrokenPipeError:
            self._program = self._program[:0]
        if not self._program:
            self._selector.unregister(fd)
            self._close_program()

    def _close_program(self) -> None:
        if self._program_fd is not None:
            os.close(self._program_fd)
            self._program_fd = None

    def _read_output(self, fd: int) -> None:
        self.output += self._read(fd)
        del self.output[:-OUTPUT_LIMIT]

    def _read_answer(self, fd: int) -> None:
        self.answer += self._read(fd)

    def _read(self, fd: int) -> bytes:
        data = os.read(fd, 65536)
        if not data:
            self._selector.unregister(fd)
        return data


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended. It is not reaped, so that its number, which is its group's, cannot go to another one."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End all processes of the group, politely first, and reap the child."""
    if not _has_ended(process):
        os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        while not _has_ended(process) and time.monotonic() < deadline:
            time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    try:
        process.wait(timeout=GRACE)
    except subprocess.TimeoutExpired:
        pass  # It waits for a dead file server, say; nobody can end it.


def _parse(answer: bytes) -> Said:
    found: dict[bytes, list[bytes]] = {}
    # What follows the last NUL was cut off.
    parts = answer.split(b"\0")[:-1]
    for key, value in zip(parts[::2], parts[1::2]):
        found.setdefault(key, []).append(value)

    def text(key: bytes) -> str | None:
        return os.fsdecode(found[key][0]) if key in found else None

    return Said(
        python_version=text(b"python"),
        builds=tuple(os.fsdecode(tag) for tag in found.get(b"build", [])),
        package=text(b"package"),
        version=text(b"version"),
        model_dir=found[b"model_dir"][0] if b"model_dir" in found else None,
        listed=tuple(found.get(b"listed", [])) if b"listing" in found else None,
        held=tuple(found.get(b"held", [])),
        ocr_dir=found[b"ocr_dir"][0] if b"ocr_dir" in found else None,
        detail=text(b"detail") or "",
        outcome=text(b"outcome"),
    )
