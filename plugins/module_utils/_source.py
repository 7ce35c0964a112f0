# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The text of a file of the collection, for another Python to run."""

from __future__ import annotations

import typing as t
from importlib import import_module
from importlib.util import find_spec


def source_of(file: str, *, beside: str) -> bytes:
    """Return the text of a file that lies beside the one that is imported as ``beside``.

    It is asked of the file's loader, as it may lie in a folder, in Ansible's zip file, or on the controller alone, from
    where Mitogen fetches it. Raises ImportError where there is none.
    """
    # Not from __package__: what zipimport loads has none before Python 3.10.
    name = f"{beside.rpartition('.')[0]}.{file}"
    spec = find_spec(name)
    if spec is None:
        raise ImportError(f"{name} cannot be found")
    loader: t.Any = spec.loader
    text: str | bytes | None = loader.get_source(name)
    if text is None:
        # Mitogen has the text only of what was imported.
        import_module(name)
        text = loader.get_source(name)
    if text is None:
        raise ImportError(f"the text of {name} cannot be found")
    # Ansible's loader of collections, which ansible-test has, returns bytes.
    return text if isinstance(text, bytes) else text.encode()
