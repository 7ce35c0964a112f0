# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Carry the plans of a run out, while services stand still where they have to."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import reason_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lease import ignore_lease_breaks
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Stock, look_at_usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.criteria import FAIL
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.removal import Removal
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import in_use_reason

if t.TYPE_CHECKING:
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.services import Pause


def remove(removals: t.Sequence[Removal], *, policy: str, pause: Pause | None = None) -> None:
    """Carry the removals out, one for each directory, and remove the stale folders that this empties.

    Services stand still for the removals alone, once: what takes time, copies above all, is done before or after
    ``pause``. Raises nothing: each outcome is complete, whatever happens.
    """
    ignore_lease_breaks()
    try:
        for removal in removals:
            removal.copy()
        _remove_all(removals, policy, pause)
    except Exception as error:
        for removal in removals:
            removal.settle(error)
    for removal in removals:
        removal.remove_emptied_folders()


def _remove_all(removals: t.Sequence[Removal], policy: str, pause: Pause | None) -> None:
    try:
        refused = False
        if pause is not None:
            pause.stop()
            refused = _refuse_after_stop(removals, policy, pause)
        for removal in removals if not refused else ():
            removal.remove()
    finally:
        try:
            if pause is not None:
                pause.start()
        except Exception as error:
            # What went is gone, and the result has to say so.
            for removal in removals:
                removal.outcome.interrupt(
                    f"the start of the services broke off ({reason_of(error)}); look whether they run"
                )
        finally:
            for removal in removals:
                removal.drop_needless_copies()


def _refuse_after_stop(removals: t.Sequence[Removal], policy: str, pause: Pause) -> bool:
    """Keep all models where services could not be stopped, or where one is in use that must not be."""
    refusal, reason = pause.failure, "a service could not be stopped"
    if refusal is None and policy == FAIL:
        refusal, reason = _used(removals), "the whole plan is refused"
    if refusal is None:
        return False
    for removal in removals:
        removal.refuse(refusal, reason)
    return True


def _used(removals: t.Sequence[Removal]) -> str | None:
    """Return which models are in use although the services are stopped, and by whom; None where none is."""
    stocks = [removal.stock for removal in removals]
    usage = look_at_usage(stocks, holders=False)
    used = [
        Stock(directory, [model for model in models if usage.of(model) is not False]) for directory, models in stocks
    ]
    if not any(stock.models for stock in used):
        return None
    usage = look_at_usage(used, holders=True)
    for removal in removals:
        removal.outcome.usage = removal.outcome.usage.completed(usage)
    named = "; ".join(f"{model.name}: {in_use_reason(model, usage)}" for stock in used for model in stock.models)
    return f"in_use is fail and models are in use while the services are stopped: {named}"
