# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Fill a backup set: take models into it, by rename or by copy."""

from __future__ import annotations

import contextlib
import errno
import os

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import ManifestWriter
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import MODELS, NO_RENAME
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.content import copy_file, copy_link
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import OPEN_FOLDER
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.tree import move
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model, identity_of

PRIVATE = 0o700

UNFINISHED_COPY = b"copy.new"


class NewBackupSet:
    """A set that a running prune fills."""

    def __init__(self, name: str, descriptor: int, manifest: ManifestWriter, *, renames: bool) -> None:
        self.name = name
        self.renames = renames
        self._descriptor = descriptor
        self._manifest = manifest
        self._location: bytes | None = None
        self._folder = -1
        self._moved: Model | None = None

    def take_by_rename(self, folder: int, model: Model) -> None:
        """Move ``model``, which lies in the open ``folder``, into the set.

        Raises OSError, with ESTALE when something else had taken its name, which is then back where it was.
        """
        place = self._open_place(model.folder)
        name = model.file_name
        try:
            os.rename(name, name, src_dir_fd=folder, dst_dir_fd=place)
        except OSError as error:
            if error.errno == errno.EXDEV:
                raise OSError(errno.ENOTSUP, NO_RENAME) from error
            raise
        self._moved = model
        status = os.stat(name, dir_fd=place, follow_symlinks=False)
        if identity_of(status) != model.identity:
            self._moved = None
            self._put_back(place, folder, name)
            raise OSError(errno.ESTALE, "something else took its place; it is back where it was")
        # The model is where the plan in the manifest says, whether or not this line finds room.
        with contextlib.suppress(OSError):
            self._manifest.arrived(model, None)

    def moved(self, model: Model) -> bool:
        """Whether take_by_rename, which raised an error, had moved the model before."""
        return self._moved is model

    def _put_back(self, place: int, folder: int, name: bytes) -> None:
        """Give back what was moved by mistake, without replacing what has the name by now. Raises OSError."""
        try:
            move(name, place, name, folder)
        except OSError as error:
            raise OSError(
                errno.ENOTRECOVERABLE,
                f"something else took its place in that very instant and is in the backup set {self.name} now, because "
                f"it cannot be put back ({error.strerror}); move it back by hand",
            ) from error

    def take_by_copy(self, source: int, model: Model) -> None:
        """Copy ``model``, open as ``source``, into the set; the caller then removes the original. Raises OSError."""
        place = self._open_place(model.folder)
        if model.link_target is not None:
            copy_link(model.link_target, os.fstat(source), place, model.file_name)
            digest = None
        else:
            copy, digest = copy_file(source, self._descriptor, UNFINISHED_COPY)
            try:
                os.close(copy)
                os.rename(UNFINISHED_COPY, model.file_name, src_dir_fd=self._descriptor, dst_dir_fd=place)
            except BaseException:
                # It would be in the way of the next one.
                with contextlib.suppress(OSError):
                    os.unlink(UNFINISHED_COPY, dir_fd=self._descriptor)
                raise
        try:
            os.fsync(place)
            self._manifest.arrived(model, digest)
            # The original goes next: the checksum must not be lost if the power is.
            self._manifest.sync()
        except BaseException:
            self.drop_copy(model)
            raise

    def drop_copy(self, model: Model) -> None:
        """Remove the copy of a model whose original stays after all. Raises OSError."""
        os.unlink(model.file_name, dir_fd=self._open_place(model.folder))

    def finish(self) -> None:
        """Sync and close the set. Raises OSError; closed it is all the same."""
        self._close_place()
        # A set whose end is not noted is as good.
        with contextlib.suppress(OSError):
            self._manifest.ended()
        try:
            self._manifest.sync()
        finally:
            self._manifest.close()
            os.close(self._descriptor)

    def _open_place(self, location: bytes) -> int:
        """Return a descriptor of the set's folder for ``location``, made where missing, kept until the next call."""
        if location == self._location:
            return self._folder
        self._close_place()
        descriptor = os.open(MODELS, OPEN_FOLDER, dir_fd=self._descriptor)
        for component in location.split(b"/") if location else ():
            with contextlib.suppress(FileExistsError):
                os.mkdir(component, PRIVATE, dir_fd=descriptor)
            below = os.open(component, OPEN_FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        self._location, self._folder = location, descriptor
        return descriptor

    def _close_place(self) -> None:
        if self._location is not None:
            os.close(self._folder)
            self._location = None
