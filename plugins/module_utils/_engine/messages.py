# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What to do when the SDK did not answer: one message a person can act on, for everything seen to go wrong with it."""

from __future__ import annotations

import resource
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.child import ANSWER_LIMIT, Ended, Said
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed

PACKAGE = "aspose-ocr-python-net"
FIRST_VERSION = "25.9.0"  # the first one that has AsposeAI
# Below this limit .NET crashes in ever other ways, or not at all (measured).
MINIMUM_OPEN_FILES = 64


def explain_failure(ended: Ended, *, python: str, timeout: int, variables: t.Mapping[str, str]) -> str:
    """Why the SDK did not answer, or was not released, and what to do about it.

    ``python``, ``timeout`` and ``variables`` (the environment) are those with which the probe was run.
    """
    said = ended.said
    sdk = f"{said.package} {said.version}" if said.package and said.version else "The SDK"
    if ended.timed_out or ended.overflowed or ended.status != 0 or said.outcome is None:
        return _explain_end(ended, sdk=sdk, python=python, timeout=timeout, variables=variables)
    return _explain_outcome(said, sdk=sdk, python=python, variables=variables)


def explain_start(error: OSError, *, python: str, working_dir: str | None) -> str:
    """Why the child could not be started at all."""
    reason = error.strerror or str(error)
    if error.filename == python:
        return f"{python} cannot be started: {reason}: set sdk_python to a working Python of this machine with the SDK"
    if working_dir is None:
        return f"No empty folder for the SDK to run in: {reason}: make the temporary directory writable"
    return f"The SDK cannot run in working_dir {working_dir}: {reason}: let this user enter it"


def _explain_end(ended: Ended, *, sdk: str, python: str, timeout: int, variables: t.Mapping[str, str]) -> str:
    """For a child that was ended, crashed, or left without an answer."""
    said = ended.said
    words = _last_words(ended.output)
    if ended.overflowed:
        size = ANSWER_LIMIT // 1024 // 1024
        return f"{sdk} in {python} listed more than {size} MiB of paths and was ended: use engine: skip and path"
    if ended.timed_out:
        done = "did not answer" if said.outcome is None else "answered, but did not end,"
        return f"{sdk} in {python} {done} within {timeout} s and was ended: raise engine_timeout{words}"
    end = ended.signal_name or f"exit status {ended.status}"
    if said.python_version is None:
        return (
            f"{python} ended with {end} and did not run Python: set sdk_python to a Python >= 3.6 with the SDK{words}"
        )
    if ended.signal_name == "SIGKILL":
        return f"{sdk} in {python} was killed (SIGKILL): give it more memory if the kernel's log says it ran out{words}"
    when = "before it answered" if said.outcome is None else "after it had answered"
    return f"{sdk} in {python} ended with {end} {when}. {_runtime_cure(ended.output, python, variables)}{words}"


def _explain_outcome(said: Said, *, sdk: str, python: str, variables: t.Mapping[str, str]) -> str:
    """For a child that said itself what is wrong."""
    detail = _one_line(said.detail, 300).rstrip(".")
    if said.outcome == "absent":
        return (
            f"{PACKAGE} is not installed for {python}, or this user may not read it: "
            f"install it there ({python} -m pip install {PACKAGE}), or set sdk_python to the Python that has it"
        )
    if said.outcome == "no-build":
        return f"{sdk} in {python} {_missing_build(said)}"
    if said.outcome == "too-old":
        return (
            f"{sdk} in {python} is too old, it has no AsposeAI: upgrade to {FIRST_VERSION} or newer "
            f"({python} -m pip install --upgrade {PACKAGE})"
        )
    if said.outcome == "import":
        return f"{sdk} cannot be imported in {python}: {detail}. {_import_cure(detail)}"
    if said.outcome == "start":
        return f"{sdk} does not start in {python}: {detail}. {_runtime_cure(detail, python, variables)}"
    if said.outcome == "list":
        return f"{sdk} cannot list its models: {detail}. {_list_cure(detail, python, variables)}"
    if said.outcome == "release":
        return f"{sdk} was not seen to release all: {detail}. {_runtime_cure(detail, python, variables)}"
    if said.outcome == "resources":
        return f"{sdk} does not tell where its OCR models are: {detail}. {_runtime_cure(detail, python, variables)}"
    names = ", ".join(_one_line(displayed(name), 120) for name in said.held[:3])
    return (
        f"{sdk} still had {len(said.held)} file(s) open or mapped after free_resources(): {names}. "
        f"They were freed when its process ended; try another release of the SDK"
    )


def _missing_build(said: Said) -> str:
    """The SDK has one extension module per Python, for x86-64 Linux with glibc."""
    builds = [f"{tag[:1]}.{tag[1:]}" for tag in sorted(said.builds, key=int)]
    if not builds or said.python_version in builds:
        return (
            "is not built for this machine, only for x86-64 Linux with glibc: "
            "set sdk_python to a Python built for that, or use engine: skip and path"
        )
    return (
        f"is not built for Python {said.python_version}, only for {builds[0]} to {builds[-1]}: "
        "upgrade it, or set sdk_python to such a Python that has it"
    )


def _import_cure(detail: str) -> str:
    if "failed to map segment" in detail:
        return "It lies on a file system mounted noexec: mount that with exec, or install the SDK elsewhere"
    if "GLIBC" in detail:
        # Releases up to 26.5.0 want the libstdc++ of Debian 12.
        return "It needs newer libraries than this system has: install another release, 26.6.0 or newer for Debian 11"
    if any(word in detail for word in ("ELF", "cannot open shared object file")):
        return "It needs x86-64 Linux with glibc and the libraries named: install the SDK anew on this machine"
    return "Install the SDK anew, or set sdk_python to another Python that has it"


def _list_cure(detail: str, python: str, variables: t.Mapping[str, str]) -> str:
    if "UnauthorizedAccess" in detail or "PermissionError" in detail:
        return "Let this user read all folders there, or run as the user of the OCR application"
    if "Not a directory" in detail:
        return "A file is in the place of the folder: move it away"
    if "DirectoryNotFound" in detail:
        return "Rename folders there whose names are not UTF-8, the SDK cannot enter them"
    return _runtime_cure(detail, python, variables)


def _runtime_cure(words: str, python: str, variables: t.Mapping[str, str]) -> str:
    """What to do about a .NET runtime that does not run; it gives its reasons in codes (HRESULT)."""
    open_files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if "ICU package" in words:
        value = variables.get("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT")
        return f"Remove DOTNET_SYSTEM_GLOBALIZATION_INVARIANT={value} from its environment, or install ICU for its .NET"
    if "0x8007001f" in words:
        return "Its .NET needs /proc: mount it"
    if "0x8007000e" in words or "0x80070008" in words:
        return "Its .NET needs 3 GB of address space: raise the limit (ulimit -v, LimitAS)"
    if open_files != resource.RLIM_INFINITY and open_files < MINIMUM_OPEN_FILES:
        return f"It may only open {open_files} files: raise the limit to 256 or more (ulimit -n, LimitNOFILE)"
    if "0x80004005" in words:
        folder = variables.get("TMPDIR", "/tmp")
        return f"Make {folder} writable for it, or remove COMPlus_EnableDiagnostics from its environment"
    return f"See more as this user with: {python} -c 'from aspose.ocr.ai import AsposeAI; AsposeAI()'"


def _last_words(output: str) -> str:
    """The last line that is no stack frame of .NET, as a sentence of its own."""
    lines = [line for line in output.splitlines() if line.strip() and not line.lstrip().startswith("at ")]
    return f". It said: {_one_line(lines[-1], 160)}" if lines else ""


def _one_line(text: str, limit: int) -> str:
    """Without line breaks and control characters, and not longer than a person reads."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= limit else f"{line[: limit - 3]}..."
