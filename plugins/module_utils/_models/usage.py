# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Which models are in use: the lease says whether, /proc says who."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory, closing
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lease import ignore_lease_breaks, take_write_lease
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.holders import Deleted, Holder, Holders
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, Model, by_folder
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.processes import find_holders
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import open_scanned
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record


class Usage(Record):
    """Use of the models of directories at one moment; ``otherwise`` is what holds for those that are not listed."""

    in_use: dict[Identity, bool | None]
    holders: Holders | None
    otherwise: bool | None = None

    def of(self, model: Model) -> bool | None:
        """True: a process has it open or mapped. False: none has. None: it cannot be known. A link is never in use."""
        return False if model.is_link else self.in_use.get(model.identity, self.otherwise)

    def holders_of(self, model: Model) -> list[Holder]:
        """Return the processes that /proc shows to have it."""
        return self.holders.of(model.identity) if self.holders is not None and not model.is_link else []

    def completed(self, later: Usage) -> Usage:
        """Return this usage with what was found out later about some models."""
        found: dict[tuple[int, str], Holder] = {}
        for usage in (self, later):
            for holder in usage.holders.found if usage.holders is not None else ():
                known = found.get((holder.pid, holder.command), holder)
                found[holder.pid, holder.command] = holder._replace(identities=known.identities | holder.identities)
        holders = Holders(tuple(sorted(found.values())), complete=False)
        return Usage({**self.in_use, **later.in_use}, holders, self.otherwise)

    def without(self, released: t.AbstractSet[Identity]) -> Usage:
        """Return this usage as it is when nobody has these files any more, deleted ones among them."""
        in_use = {identity: False if identity in released else answer for identity, answer in self.in_use.items()}
        if self.holders is None:
            return self._replace(in_use=in_use)
        remaining = []
        for holder in self.holders.found:
            pending = tuple(file for file in holder.pending if file.identity not in released)
            rest = holder._replace(identities=holder.identities - released, pending=pending)
            if rest.identities or rest.pending:
                remaining.append(rest)
        return self._replace(in_use=in_use, holders=self.holders._replace(found=tuple(remaining)))

    def pending_bytes(self, directory: ModelDirectory) -> int | None:
        """Bytes that deleted models of a directory are seen to take up still. None where that is not known."""
        return self.holders.pending_bytes(directory.real_path) if self.holders is not None else None


# What is assumed of models that are looked at only right before their removal.
ASSUMED_UNUSED = Usage({}, None, otherwise=False)


class Stock(Record):
    """An open model directory, and models in it."""

    directory: ModelDirectory
    models: t.Sequence[Model]


def load_devices() -> None:
    """Import what a look at the use needs beside this: the user whose identity is taken on cannot read the file."""
    # pylint: disable-next=unused-import
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._models import devices  # noqa: F401


def look_at_usage(stocks: t.Sequence[Stock], *, holders: bool, deleted: Deleted | None = None) -> Usage:
    """Find out which models are in use, and with ``holders`` by whom and which deleted files are still held.

    A lease answers alone where the mount has exact leases. Elsewhere, and where none can be had, /proc decides, and
    where that shows no holder but not everything could be seen, the answer is None. All processes are looked through
    once for all directories. ``deleted`` names the models that this run removed, so that they are found whatever path a
    holder sees them under.
    """
    ignore_lease_breaks()
    in_use: dict[Identity, bool | None] = {}
    for directory, models in stocks:
        leases = _try_leases(directory, models)
        in_use.update((identity, lease_verdict(directory, free)) for identity, free in leases.items())
    found = None
    if holders or None in in_use.values():
        found = find_holders([stock.directory for stock in stocks], in_use.keys(), deleted)
        in_use = with_holders(in_use, found)
    return Usage(in_use, found if holders else None)


def lease_verdict(directory: ModelDirectory, free: bool | None) -> bool | None:
    """Return what the answer to a lease says about use: True, False, or None where /proc has to decide."""
    if free is None:
        return None
    if free:
        return False if directory.mount.granted_lease_proves_disuse else None
    return True if directory.mount.refused_lease_proves_use else None


def with_holders(leases: t.Mapping[Identity, bool | None], holders: Holders) -> dict[Identity, bool | None]:
    """Return what leases and /proc say together: who is seen decides, and that nobody is where all could be seen."""
    held = holders.by_identity()
    return {
        identity: True if identity in held else False if answer is None and holders.complete else answer
        for identity, answer in leases.items()
    }


def _try_leases(directory: ModelDirectory, models: t.Sequence[Model]) -> dict[Identity, bool | None]:
    """Take and give back a lease on each file, folder by folder: True where granted, None where none was to be had."""
    leases: dict[Identity, bool | None] = {}
    for location, members in by_folder(model for model in models if not model.is_link).items():
        try:
            folder = directory.open_folder(location)
        except OSError:
            leases.update((model.identity, None) for model in members)
            continue
        with closing(folder):
            for model in members:
                leases[model.identity] = _try_lease(folder, model)
    return leases


def _try_lease(folder: int, model: Model) -> bool | None:
    try:
        descriptor, _status = open_scanned(folder, model)
    except FileNotFoundError:
        # Gone meanwhile: the removal will find that out.
        return True
    except OSError:
        return None
    try:
        return take_write_lease(descriptor)
    finally:
        os.close(descriptor)
