# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Ask the Aspose OCR SDK for its model directory and its models, and release it, in a process of its own.

The SDK starts a .NET runtime in the Python that imports it. That may abort the process, hang, or print what it likes,
and it may live in another Python than Ansible's. So a child process asks it, and whatever happens to the child is an
answer here, with one message that says what to do.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.answer import EngineAnswer
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.child import run_probe
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError, reason_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import taken_on

_PYTHON_CURE = "give the absolute path of the Python that has the SDK, for example /opt/ocr/venv/bin/python"


def ask_engine(
    *, python: str, working_dir: str | None, timeout: int, environment: t.Mapping[str, str], ocr_models: bool = False
) -> EngineAnswer:
    """Ask the SDK that is installed in an interpreter, with ``ocr_models`` for the models of its OCR, too.

    ``python`` is the absolute path of that interpreter, ``working_dir`` the folder in which the OCR application runs
    (None: an empty private one), ``timeout`` the seconds after which the child is ended, ``environment`` the child's
    variables. Raises OcrModelError for arguments that cannot be used; all that goes wrong later is an answer.
    """
    _check_arguments(python=python, working_dir=working_dir, timeout=timeout)
    try:
        os.stat(python)
    except OSError as error:
        missing = f"sdk_python: {python}: {reason_of(error)}: {_PYTHON_CURE}"
        return EngineAnswer(state="absent", message=missing, python=python)
    # .NET aborts the process where it finds no ICU library, or cannot write the temporary directory, unless:
    variables = {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "COMPlus_EnableDiagnostics": "0"}
    variables.update(environment)
    with contextlib.ExitStack() as stack:
        try:
            private = None
            if working_dir is None or ocr_models:
                # The default was chosen by root, perhaps below its home.
                parent = None if taken_on() is None else variables.get("TMPDIR", "/tmp")
                private = tempfile.mkdtemp(prefix="ocr-engine-", dir=parent)
                stack.callback(shutil.rmtree, private, ignore_errors=True)
            folder = working_dir or t.cast("str", private)
            if taken_on() is not None:
                variables["PWD"] = folder
            ended = run_probe(
                python=python,
                folder=folder,
                variables=variables,
                timeout=timeout,
                private=private if ocr_models else None,
            )
        except OSError as error:
            # Messages are loaded only where there is something to say.
            from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.messages import explain_start

            reason = explain_start(error, python=python, working_dir=working_dir)
            return EngineAnswer(state="failed", message=reason, python=python)

    message = None
    if not ended.released:
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.messages import explain_failure

        message = explain_failure(ended, python=python, timeout=timeout, variables=variables)
    base = os.fsencode(working_dir or "")
    said = ended.said
    return EngineAnswer(
        state="released" if ended.released else "absent" if said.outcome == "absent" else "failed",
        message=message,
        package=said.package,
        version=said.version,
        python=python,
        model_dir=None if said.model_dir is None else os.fsdecode(os.path.join(base, said.model_dir)),
        listed=None if said.listed is None else tuple(os.path.join(base, path) for path in said.listed),
        ocr_dir=None if said.ocr_dir is None else os.fsdecode(os.path.join(base, said.ocr_dir)),
    )


def _check_arguments(*, python: str, working_dir: str | None, timeout: int) -> None:
    if not os.path.isabs(python):
        raise OcrModelError(f"sdk_python: {python!r} is not an absolute path: {_PYTHON_CURE}")
    if os.path.isdir(python):
        raise OcrModelError(f"sdk_python: {python} is a folder: {_PYTHON_CURE}")
    if working_dir is not None:
        cure = "give the absolute path of the folder in which the OCR application runs"
        if not os.path.isabs(working_dir):
            raise OcrModelError(f"working_dir: {working_dir!r} is not an absolute path: {cure}")
        if not os.path.isdir(working_dir):
            raise OcrModelError(f"working_dir: {working_dir} is not an existing folder: {cure}")
    if timeout < 1:
        raise OcrModelError(f"engine_timeout: {timeout} is too short: give at least 1 second")
