# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host a backup set is of: machine-id and name together."""

from __future__ import annotations

import types
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import origin as backup_origin
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import Origin
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.origin import FOREIGN, OWN, PARTLY, fit
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.calls import names, prune, prune_once, restore
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import make_files, names_in

pytestmark = pytest.mark.usefixtures("own_processes")


@pytest.fixture
def host(area: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """The host that this is for the collection."""
    return Host(area / "machine-id", monkeypatch)


class Host:
    """A host whose name and machine-id can change."""

    def __init__(self, machine_id: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._machine_id = machine_id
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(backup_origin, "_MACHINE_ID", str(machine_id))
        self.become("one", "1")

    def become(self, name: str, machine: str | None) -> None:
        """Be named so, and have a machine-id of that digit, or none."""
        self._monkeypatch.setattr("os.uname", lambda: types.SimpleNamespace(nodename=name))
        if machine is None:
            self._machine_id.unlink()
        else:
            self._machine_id.write_text(machine * 32 + "\n")


@pytest.mark.parametrize(
    "origin, how",
    [
        (Origin(b"/srv", "1", "one"), OWN),
        (Origin(b"/srv", "1", "two"), PARTLY),
        (Origin(b"/srv", "2", "one"), PARTLY),
        (Origin(b"/srv", None, "one"), PARTLY),
        (Origin(b"/srv", "2", "two"), FOREIGN),
        (Origin(b"/srv", None, "two"), FOREIGN),
        (Origin(b"/other", "1", "one"), FOREIGN),
    ],
)
def test_how_a_set_fits(origin: Origin, how: str) -> None:
    assert fit(origin, Origin(b"/srv", "1", "one")) == how


def test_where_there_is_no_machine_id_the_name_decides() -> None:
    here = Origin(b"/srv", None, "one")
    assert fit(Origin(b"/srv", None, "one"), here) == OWN
    assert fit(Origin(b"/srv", None, "two"), here) == PARTLY
    assert fit(Origin(b"/srv", "1", "two"), here) == FOREIGN


@pytest.mark.parametrize("content", ["", "uninitialized\n", "1" * 31, "1" * 33, "\udcff" * 32])
def test_what_is_no_machine_id_is_none(area: Path, host: Host, content: str) -> None:
    (area / "machine-id").write_text(content, errors="surrogateescape")
    assert backup_origin.origin_here(b"/srv") == Origin(b"/srv", None, "one")


@pytest.mark.parametrize("name, machine", [("two", "1"), ("one", "2"), ("one", None)])
def test_a_set_that_fits_partly_is_restored_only_by_name_and_never_expires(
    models: Path, backups: Path, host: Host, name: str, machine: str | None
) -> None:
    make_files(models, "old_a")
    made = prune_once(models, backup_dir=backups).result["backup"]
    host.become(name, machine)
    assert prune(models, backup_dir=backups, backup_max_age="0").result["expired_backups"] == []
    report = restore(models, backups)
    assert (report.result["backup"], report.failure) == (None, None)
    assert report.warnings[0].endswith(f"to restore one, name it with backup, for example {made}")
    report = restore(models, backups, backup=made)
    assert names(report.result["restored"]) == ["old_a"]
    assert report.warnings[0].startswith(f"The backup set {made} may be another host's: it was made")


def test_a_set_of_another_host_is_refused(models: Path, backups: Path, host: Host) -> None:
    make_files(models, "old_a")
    made = prune_once(models, backup_dir=backups).result["backup"]
    host.become("two", "2")
    assert restore(models, backups).result["backup"] is None
    with pytest.raises(
        OcrModelError, match=f"was made of {models} on host one, not of {models} here; restore it there"
    ):
        restore(models, backups, backup=made)
    assert names_in(models) == []


def test_hosts_that_share_a_directory_number_their_sets_together(models: Path, backups: Path, host: Host) -> None:
    for name, machine in (("one", "1"), ("two", "2"), ("one", "1")):
        host.become(name, machine)
        make_files(models, "old_a")
        prune_once(models, backup_dir=backups)
    first_lines = [path.read_text().split("\n")[0] for path in sorted(backups.glob("*/manifest.jsonl"))]
    assert ['"sequence": %d,' % number in line for number, line in enumerate(first_lines, 1)] == [True] * 3
