# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Errors: the one that becomes a failed task, and what is done about all others before and after the first change."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import one_line


class OcrModelError(Exception):
    """Something is wrong that the user can mend: its text says what, where, and what to do.

    The text is one line that can be decoded, whatever paths it names: Ansible refuses a result that it cannot decode.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


_Result = t.TypeVar("_Result")
_Otherwise = t.TypeVar("_Otherwise")


def reason_of(error: BaseException) -> str:
    """Return what went wrong, without what Python adds to it."""
    if isinstance(error, OSError) and error.strerror:
        return one_line(error.strerror)
    if isinstance(error, MemoryError):
        return "out of memory"
    return one_line(str(error)) or type(error).__name__


def explain(error: Exception) -> str:
    """Say what went wrong with a file, and where the kernel refused it what to do about it."""
    if isinstance(error, PermissionError):
        return f"{reason_of(error)} for uid {os.geteuid()}; run as root or as the owner, and look for chattr +i or +a"
    return reason_of(error)


@contextlib.contextmanager
def before_any_change(what: str) -> t.Iterator[None]:
    """Let what the system refuses in a ``with`` block end the task; the message begins with ``what``."""
    try:
        yield
    except (OSError, MemoryError) as error:
        raise OcrModelError(f"{what}: {reason_of(error)}; nothing was changed") from error


def attempt(
    action: t.Callable[[], _Result],
    otherwise: _Otherwise,
    *,
    warnings: list[str],
    failing: str,
) -> _Result | _Otherwise:
    """Do something after the first change, when no error may lose the result any more.

    Returns what ``action`` returns. Whatever it raises becomes a warning that begins with ``failing``, and the answer
    is ``otherwise``.
    """
    try:
        return action()
    except Exception as error:
        warnings.append(f"{failing}: {reason_of(error)}")
        return otherwise
