# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Make a module's short life cheap. A module imports this before the other files of the collection.

Ansible sends a module as a zip file of sources, and zipimport compiles each of them twice (seen with CPython 3.8 to
3.13): to tell the import system the name of the file, and to run it. A finder has Python compile them once: compiling
is most of what a module of this collection costs a host more than ``ping`` does.

Python looks for garbage in cycles again and again, and once more among all objects at the end. A module ends before
that would free anything: 100,000 models take not one megabyte more without it, and their report a seventh less time
(CPython 3.11). It is switched off, and at the end all objects are exempt from the last search.

All that only in a process of the module's own, which runs from the zip file, never in one that imports the files from a
folder and lives on.
"""

from __future__ import annotations

import atexit
import gc
import sys
import typing as t
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_file_location
from zipimport import ZipImportError, zipimporter

_PACKAGE = __name__.rpartition(".")[0] + "."
_FOLDER = __file__.rpartition("/")[0]


class _ZipFinder:
    """Finds the files below this one's folder in the zip file, and tells the import system their names."""

    def __init__(self) -> None:
        self._importers: dict[str, zipimporter] = {}

    def find_spec(self, fullname: str, path: t.Sequence[str] | None, _target: object = None) -> ModuleSpec | None:
        """Return how to load a module or package of this package, or None to leave it to the finders of Python."""
        if not fullname.startswith(_PACKAGE) or path is None:
            return None
        folder = path[0]
        importer = self._importers.get(folder)
        if importer is None:
            importer = self._importers[folder] = zipimporter(folder)
        place = f"{folder}/{fullname.rpartition('.')[2]}"
        try:
            is_package = importer.is_package(fullname)
        except ZipImportError:
            return None
        if is_package:
            return spec_from_file_location(
                fullname, f"{place}/__init__.py", loader=importer, submodule_search_locations=[place]
            )
        return spec_from_file_location(fullname, f"{place}.py", loader=importer)


if isinstance(sys.path_importer_cache.get(_FOLDER), zipimporter):
    # Only before the finder that it does the work of: whoever stands in front, as ansible-test does, stays there.
    sys.meta_path.insert(sys.meta_path.index(PathFinder), _ZipFinder())
    gc.disable()
    atexit.register(gc.freeze)
