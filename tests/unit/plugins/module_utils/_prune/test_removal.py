# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying a plan out: each model is looked at again right before it goes."""

from __future__ import annotations

import errno
import os
import resource
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import OPEN_MODEL, ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lease import ignore_lease_breaks, take_write_lease
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import STALE
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import scan
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import removal
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.dry_run import predict
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.execution import remove
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.outcome import Freed, Outcome, freed_by
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.removal import Removal
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import Choice
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.sharing import NOTHING_SHARED
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    IS_ROOT,
    ORDINARY_USER,
    give_to_ordinary_user,
    make_file,
    make_files,
    make_link,
    names_in,
    sample_model,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import (
    MAPPED,
    OPEN,
    as_ordinary_user,
    holding,
)

pytestmark = pytest.mark.usefixtures("own_processes")

CHANGED = "changed since the plan was made"


def choices(directory: ModelDirectory) -> list[Choice]:
    """Choose all stale models."""
    return [Choice(model, "stale prefix old_") for model in scan(directory, ("old_",)) if model.status == STALE]


def fates(outcome: Outcome) -> dict[str, str]:
    """Return what became of each model."""
    result = {choice.model.name: "removed" for choice in outcome.removed}
    result.update((choice.model.name, choice.reason) for choice in outcome.kept)
    result.update((failure.model.name, f"failed: {failure.error}") for failure in outcome.failed)
    return result


def outcome_of(directory: ModelDirectory, planned: t.Sequence[Choice], *, policy: str) -> Outcome:
    """Remove the models of a plan and return what came of it."""
    removal = Removal(directory, planned, policy=policy)
    remove([removal], policy=policy)
    return removal.outcome


def removed(directory: ModelDirectory, planned: t.Sequence[Choice], policy: str = "skip") -> dict[str, str]:
    """Remove the models of a plan."""
    return fates(outcome_of(directory, planned, policy=policy))


def test_planned_models_go_and_nothing_else(models: Path, directory: ModelDirectory) -> None:
    make_files(models, "a.bin", "old_a.bin", "old_sub/b.bin", "sub/c.bin", "sub/old_c.bin")
    make_link(models / "old_link", "a.bin")
    planned = choices(directory)
    all_go = dict.fromkeys(["old_a.bin", "old_link", "old_sub/b.bin", "sub/old_c.bin"], "removed")
    assert fates(predict(directory, planned)) == all_go
    assert len(names_in(models)) == 8
    assert removed(directory, planned) == all_go
    assert names_in(models) == ["a.bin", "sub", "sub/c.bin"]


def test_folders_that_this_emptied_go_too_but_never_the_model_directory(
    models: Path, directory: ModelDirectory
) -> None:
    make_files(models, "old_a/b/c/d.bin", "old_a/e/f.bin", "old_g/h.bin", "old_i/j.bin", "old_i/.hidden", "old_k/l.bin")
    (models / "old_k" / "empty").mkdir()
    (models / "old_empty").mkdir()
    os.mkfifo(str(models / "old_g" / "fifo"))
    removed(directory, choices(directory))
    assert names_in(models) == [
        *("old_empty", "old_g", "old_g/fifo", "old_i", "old_i/.hidden", "old_k", "old_k/empty"),
    ]


def test_a_folder_that_is_not_stale_itself_stays_when_its_last_model_goes(
    models: Path, directory: ModelDirectory
) -> None:
    make_files(models, "fr/old_a.bin", "de/old_a/b/c.bin", "it/a/old_b.bin", "it/a/old_c/d.bin")
    planned = choices(directory)
    assert predict(directory, planned).warnings == []
    removed(directory, planned)
    assert names_in(models) == ["de", "fr", "it", "it/a"]


@pytest.mark.parametrize(
    "location, prefix, folders",
    [
        ("old_a/b/c.bin", "old_", [b"old_a", b"old_a/b"]),
        ("a/old_b/old_c/d.bin", "old_", [b"a/old_b", b"a/old_b/old_c"]),
        ("a/old_b.bin", "old_", []),
        ("old_b.bin", "old_", []),
        ("\udcff/b/c", "\udcff", [b"\xff", b"\xff/b"]),
        ("old_a/b.part", None, []),
    ],
)
def test_the_stale_folders_of_a_model(location: str, prefix: str | None, folders: list[bytes]) -> None:
    assert sample_model(location, stale_prefix=prefix).stale_folders == folders


def test_an_empty_model_directory_stays(models: Path, directory: ModelDirectory) -> None:
    make_files(models, "old_a/b.bin", "old_c.bin")
    removed(directory, choices(directory))
    assert names_in(models) == []
    assert models.is_dir()


def test_an_emptied_folder_that_cannot_go_is_a_warning(
    models: Path, directory: ModelDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_name: bytes, **_options: int) -> t.NoReturn:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    make_files(models, "old_a/b\udcff/c.bin")
    monkeypatch.setattr("os.rmdir", refused)
    outcome = outcome_of(directory, choices(directory), policy="skip")
    assert outcome.warnings == [rf"The emptied folder {models}/old_a/b\xff stays: Read-only file system"]
    assert len(outcome.removed) == 1


def test_check_mode_predicts_that_an_emptied_folder_cannot_go(models: Path, directory: ModelDirectory) -> None:
    make_files(models, "sub/old_a/b/c.bin", "old_d/e.bin")
    for name in ("old_d", "sub/old_a", "sub/old_a/b"):
        give_to_ordinary_user(models / name)
    give_to_ordinary_user(*(path for path in models.rglob("*.bin")))
    (models / "sub").chmod(0o555)

    def both() -> tuple[list[str], list[str]]:
        planned = choices(directory)
        outcome = predict(directory, planned)
        assert len(outcome.removed) == 2
        return outcome.warnings, outcome_of(directory, planned, policy="skip").warnings

    models.chmod(0o777)
    predicted, found = as_ordinary_user(both)
    assert predicted == found
    assert len(found) == 1
    assert found[0].startswith(f"The emptied folder {models}/sub/old_a stays: Permission denied for uid")
    assert names_in(models) == ["sub", "sub/old_a"]


def replace(path: Path, how: str) -> None:
    """Put something else in the place of a model."""
    status = path.stat()
    if how == "grown":
        path.write_bytes(path.read_bytes() + b"more")
        os.utime(str(path), ns=(status.st_atime_ns, status.st_mtime_ns))
    elif how == "touched":
        os.utime(str(path), ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    elif how == "another file":
        path.rename(path.parent / ".moved")
        make_file(path, b"x" * status.st_size)
        os.utime(str(path), ns=(status.st_atime_ns, status.st_mtime_ns))
    else:
        path.rename(path.parent / ".moved")
        make: dict[str, t.Callable[[], object]] = {
            "link": lambda: path.symlink_to(".moved"),
            "folder": path.mkdir,
            "FIFO": lambda: os.mkfifo(str(path)),
        }
        make[how]()


@pytest.mark.parametrize("how", ["grown", "touched", "another file", "link", "folder", "FIFO"])
@pytest.mark.parametrize("policy", ["skip", "ignore"])
def test_what_is_not_the_planned_file_any_more_stays(
    models: Path, directory: ModelDirectory, how: str, policy: str
) -> None:
    make_files(models, "old_a.bin", "old_b.bin")
    planned = choices(directory)
    replace(models / "old_a.bin", how)
    left = names_in(models)
    assert removed(directory, planned, policy) == {"old_a.bin": CHANGED, "old_b.bin": "removed"}
    left.remove("old_b.bin")
    assert names_in(models) == left


def test_a_link_that_leads_elsewhere_now_stays(models: Path, directory: ModelDirectory) -> None:
    make_link(models / "old_link", "one")
    planned = choices(directory)
    (models / "old_link").unlink()
    make_file(models / ".keeps_the_inode")
    make_link(models / "old_link", "other")
    assert removed(directory, planned) == {"old_link": CHANGED}


def test_what_vanished_by_itself_is_in_no_list(models: Path, directory: ModelDirectory) -> None:
    make_files(models, "old_a.bin", "old_b.bin", "old_sub/c.bin")
    planned = choices(directory)
    (models / "old_a.bin").unlink()
    (models / "old_sub").rename(models / ".moved")
    assert removed(directory, planned) == {"old_b.bin": "removed"}
    assert names_in(models) == [".moved", ".moved/c.bin"]


def test_a_folder_that_is_a_link_now_is_not_entered(models: Path, directory: ModelDirectory) -> None:
    make_files(models, "old_sub/a.bin")
    planned = choices(directory)
    (models / "old_sub").rename(models / ".moved")
    make_link(models / "old_sub", ".moved")
    assert fates(predict(directory, planned)) == {}
    assert removed(directory, planned) == {"old_sub/a.bin": CHANGED}
    assert names_in(models) == [".moved", ".moved/a.bin", "old_sub"]


@pytest.mark.parametrize("how", [OPEN, MAPPED])
@pytest.mark.parametrize("leases", [True, False])
def test_a_model_that_is_in_use_by_now_stays(
    models: Path, directory: ModelDirectory, how: str, leases: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_files(models, "old_free", "old_held", "old_sub/held")
    planned = choices(directory)
    if not leases:
        monkeypatch.setattr(removal, "take_write_lease", lambda _descriptor: None)
    with holding(how, models / "old_held", models / "old_sub/held") as process:
        outcome = outcome_of(directory, planned, policy="skip")
        in_use = f"in use by {process.label}"
        unknown = (
            "in use cannot be ruled out by this user; run as root "
            "(on ext4, xfs and the like the owner of the file will do)"
        )
        assert fates(outcome) == {
            "old_free": "removed" if leases or IS_ROOT else unknown,
            "old_held": in_use,
            "old_sub/held": in_use,
        }
        assert outcome.usage.holders is not None
        assert {holder.label for holder in outcome.usage.holders.found} == {process.label}
        assert list(outcome.usage.in_use.values()).count(True) == 2
        assert set(removed(directory, choices(directory), "ignore").values()) == {"removed"}
    assert names_in(models) == []


def test_a_model_under_a_lease_is_in_use(models: Path, directory: ModelDirectory) -> None:
    path = make_file(models / "old_model.bin")
    planned = choices(directory)
    ignore_lease_breaks()
    descriptor = os.open(str(path), OPEN_MODEL)
    assert take_write_lease(descriptor)
    assert removed(directory, planned) == {"old_model.bin": "in use by a process or device that this user cannot see"}
    os.close(descriptor)
    assert removed(directory, planned) == {"old_model.bin": "removed"}


def test_the_lease_is_held_until_the_model_is_gone(
    models: Path, directory: ModelDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_files(models, "old_a", "old_b")
    planned = choices(directory)
    unlink = os.unlink

    def unlinked(name: bytes, *, dir_fd: int) -> None:
        with pytest.raises(BlockingIOError):
            os.open(name, OPEN_MODEL, dir_fd=dir_fd)
        unlink(name, dir_fd=dir_fd)

    monkeypatch.setattr("os.unlink", unlinked)
    assert removed(directory, planned) == {"old_a": "removed", "old_b": "removed"}


def test_two_names_of_a_file_and_more_models_than_a_batch(
    models: Path, directory: ModelDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "most_leases", lambda: 2)
    make_files(models, *(f"old_{number}" for number in range(5)))
    os.link(str(models / "old_0"), str(models / "old_00"))
    os.link(str(models / "old_0"), str(models / "old_000"))
    assert set(removed(directory, choices(directory)).values()) == {"removed"}
    assert names_in(models) == []


@pytest.mark.parametrize("limit", [32, 64])
def test_few_descriptors_are_enough(models: Path, directory: ModelDirectory, limit: int) -> None:
    make_files(models, *(f"old_{number}" for number in range(80)))
    planned = choices(directory)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit + len(os.listdir("/proc/self/fd")) - 8, hard))
    try:
        outcome = outcome_of(directory, planned, policy="skip")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (len(outcome.removed), outcome.warnings) == (80, [])


def test_one_that_cannot_be_removed_does_not_keep_the_others(
    models: Path, directory: ModelDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_files(models, "old_a", "old_b", "old_c")
    unlink = os.unlink

    def refused(name: bytes, *, dir_fd: int) -> None:
        if name == b"old_b":
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        unlink(name, dir_fd=dir_fd)

    monkeypatch.setattr("os.unlink", refused)
    reason = (
        f"failed: Operation not permitted for uid {os.geteuid()}; run as root or as the owner, and look for chattr +i "
        "or +a"
    )
    assert removed(directory, choices(directory)) == {"old_a": "removed", "old_b": reason, "old_c": "removed"}


def test_another_file_that_was_removed_in_its_stead_is_not_passed_over_in_silence(
    models: Path, directory: ModelDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_file(models / "old_model.bin")
    planned = choices(directory)
    unlink = os.unlink

    def swapped(name: bytes, *, dir_fd: int) -> None:
        path.rename(models / "kept")
        make_file(path)
        unlink(name, dir_fd=dir_fd)

    monkeypatch.setattr("os.unlink", swapped)
    reason = "failed: another file took its name in that very instant and was removed in its stead"
    assert removed(directory, planned) == {"old_model.bin": reason}


def test_check_mode_predicts_what_permissions_refuse(models: Path, directory: ModelDirectory) -> None:
    make_files(models, "old_a.bin", "sub/old_b.bin")
    give_to_ordinary_user(models, models / "sub", models / "old_a.bin", models / "sub" / "old_b.bin")
    (models / "sub").chmod(0o555)

    def both() -> tuple[dict[str, str], dict[str, str]]:
        planned = choices(directory)
        return fates(predict(directory, planned)), removed(directory, planned)

    predicted, done = as_ordinary_user(both)
    assert predicted == done
    assert done["old_a.bin"] == "removed"
    assert done["sub/old_b.bin"].startswith(f"failed: Permission denied for uid {ORDINARY_USER}; run as root")


def test_a_model_that_may_not_be_read_can_still_be_removed(models: Path, directory: ModelDirectory) -> None:
    path = make_file(models / "old_model.bin")
    give_to_ordinary_user(models, path)
    path.chmod(0)
    assert as_ordinary_user(lambda: removed(directory, choices(directory), "ignore")) == {"old_model.bin": "removed"}
    assert names_in(models) == []


ONE = sample_model("old_one")
OTHER = sample_model("old_other", allocated=100)
TWIN = sample_model("old_twin", identity=ONE.identity, links=2)


@pytest.mark.parametrize(
    "gone, used, freed, pending",
    [
        ([ONE, OTHER], [], 4196, 0),
        ([ONE, OTHER], [OTHER], 4096, 100),
        ([], [ONE], 0, 0),
        ([TWIN], [], 0, 0),
        ([TWIN], [TWIN], 0, 0),
        ([TWIN, ONE._replace(links=2)], [], 4096, 0),
        ([TWIN, ONE._replace(links=2)], [ONE], 0, 4096),
        ([TWIN._replace(links=3), ONE._replace(links=3), OTHER], [], 100, 0),
        ([sample_model("old_link", mode=0o120777, allocated=0)], [], 0, 0),
    ],
)
def test_freed_are_the_bytes_of_files_without_another_name_that_nobody_has(
    gone: list[t.Any], used: list[t.Any], freed: int, pending: int
) -> None:
    usage = Usage({model.identity: True for model in used}, None, otherwise=False)
    freed_now = freed_by([Choice(model, "") for model in gone], usage, NOTHING_SHARED)
    assert freed_now == Freed(freed, True, pending)


def test_where_nobody_can_tell_who_has_a_file_it_is_freed_at_most() -> None:
    assert freed_by([Choice(ONE, "")], Usage({}, None), NOTHING_SHARED) == Freed(4096, False, 0)
