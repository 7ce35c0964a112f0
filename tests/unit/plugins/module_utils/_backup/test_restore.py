# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back: each restore is predicted in check mode first, which changes nothing and says the same."""

from __future__ import annotations

import errno
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import restoration
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import run as restore_run
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.calls import (
    errors,
    names,
    prune,
    prune_once,
    reasons,
    restore,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    ORDINARY_USER,
    give_to_ordinary_user,
    listing,
    make_file,
    make_files,
    make_link,
    names_in,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import as_ordinary_user

pytestmark = pytest.mark.usefixtures("own_processes", "way")

EXISTS = "exists again; set force to replace it"


@pytest.fixture
def pruned(models: Path, backups: Path) -> Path:
    """A set with four models, of which two are in folders that the prune emptied."""
    make_files(models, "a", "old_a", "old_sub/b.gguf", "old_sub/deep/\udcff \n")
    make_link(models / "old_link", "nowhere\udcff")
    (models / "old_sub").chmod(0o2750)
    (models / "old_a").chmod(0o640)
    give_to_ordinary_user(models / "old_a", models / "old_link", models / "old_sub")
    return backups / prune(models, backup_dir=backups).result["backup"]


ALL = ["old_a", "old_link", "old_sub/b.gguf", "old_sub/deep/\\xff \\u000a"]


def test_a_restore_in_full(models: Path, backups: Path, pruned: Path) -> None:
    report = restore(models, backups)
    assert (report.failure, report.warnings) == (None, [])
    result = report.result
    assert sorted(result) == ["backup", "backups", "changed", "diff", "failed_models", "kept", "msg", "restored"]
    assert (result["changed"], result["backup"]) == (True, pruned.name)
    assert (names(result["restored"]), result["kept"], result["failed_models"]) == (ALL, [], [])
    assert sorted(result["restored"][0]) == ["bytes", "directory", "link_target", "modified", "name", "path"]
    assert (result["restored"][0]["bytes"], result["restored"][0]["path"]) == (5, f"{models}/old_a")
    assert [model["link_target"] for model in result["restored"]] == [None, r"nowhere\xff", None, None]
    assert result["diff"] == {
        "before_header": str(models),
        "after_header": str(models),
        "before": "a\n",
        "after": "a\nold_a\nold_link\nold_sub/b.gguf\nold_sub/deep/\\xff \\u000a\n",
    }


def test_everything_is_as_it_was_and_a_second_restore_changes_nothing(models: Path, backups: Path, way: str) -> None:
    make_files(models, "a", "old_a", "old_sub/b", "old_sub/deep/\udcff \n")
    make_link(models / "old_link", "nowhere\udcff")
    (models / "old_sub").chmod(0o2750)
    (models / "old_a").chmod(0o4751)
    give_to_ordinary_user(models / "old_a", models / "old_link", models / "old_sub")
    before = listing(models, folders_exactly=False)
    set_folder = backups / prune(models, backup_dir=backups).result["backup"]
    restore(models, backups)
    after = listing(models, folders_exactly=False)
    if way == "copied":
        # A copy has another inode.
        before, after = ({name: entry[:3] + entry[4:] for name, entry in found.items()} for found in (before, after))
    assert after == before
    assert names_in(set_folder) == ["manifest.jsonl", "models"]
    again = restore(models, backups).result
    assert (again["changed"], again["restored"], again["kept"], again["backup"]) == (False, [], [], set_folder.name)


@pytest.mark.parametrize(
    "patterns, restored",
    [
        (["old_a"], ["old_a"]),
        (["*.gguf"], ["old_sub/b.gguf"]),
        (["old_sub/*"], ["old_sub/b.gguf", "old_sub/deep/\\xff \\u000a"]),
        (["b.*", "old_link", "no such model"], ["old_link", "old_sub/b.gguf"]),
        (["\\\\xff*"], None),
        (["[\\]xff*"], ["old_sub/deep/\\xff \\u000a"]),
        (["*"], ALL),
        ([], ALL),
        (["OLD_A"], None),
        (["deep"], None),
    ],
)
def test_names_are_patterns(
    models: Path, backups: Path, pruned: Path, patterns: list[str], restored: list[str] | None
) -> None:
    if restored is None:
        with pytest.raises(OcrModelError, match=f"^names: no model of the set {pruned} matches .*; its manifest lists"):
            restore(models, backups, names=patterns)
        assert names_in(models) == ["a"]
    else:
        assert names(restore(models, backups, names=patterns).result["restored"]) == restored
        rest = [name for name in ALL if name not in restored]
        assert names(restore(models, backups).result["restored"]) == rest


@pytest.mark.parametrize("kind", ["file", "link", "dangling"])
def test_a_model_that_exists_again_is_kept_unless_forced(models: Path, backups: Path, pruned: Path, kind: str) -> None:
    if kind == "file":
        make_file(models / "old_a", b"newer")
    else:
        make_link(models / "old_a", "a" if kind == "link" else "nowhere")
    there = listing(models)[b"old_a"]
    result = restore(models, backups).result
    assert (names(result["restored"]), reasons(result["kept"])) == (ALL[1:], {"old_a": EXISTS})
    assert listing(models)[b"old_a"] == there
    assert (pruned / "models" / "old_a").read_bytes() == b"old_a"
    forced = restore(models, backups, force=True).result
    assert (names(forced["restored"]), forced["kept"]) == (["old_a"], [])
    assert (models / "old_a").read_bytes() == b"old_a"
    assert (models / "a").read_bytes() == b"a"
    assert forced["diff"]["before"] == forced["diff"]["after"]


@pytest.mark.usefixtures("pruned")
@pytest.mark.parametrize("force", [True, False])
def test_a_folder_in_the_way_is_never_replaced(models: Path, backups: Path, force: bool) -> None:
    make_files(models, "old_a/inside")
    report = restore(models, backups, force=force)
    reason = "a folder of its name is in the way; move it, then restore again"
    assert errors(report.result["failed_models"]) == {"old_a": reason}
    assert report.failure == f"1 of 4 models could not be restored; old_a: {reason}"
    assert names(report.result["restored"]) == ALL[1:]


@pytest.mark.usefixtures("pruned")
def test_a_file_where_a_folder_was_is_an_error_of_its_models(models: Path, backups: Path) -> None:
    make_files(models, "old_sub")
    report = restore(models, backups)
    assert errors(report.result["failed_models"]) == dict.fromkeys(ALL[2:], "Not a directory")
    assert names(report.result["restored"]) == ALL[:2]


@pytest.mark.parametrize(
    "damage, reason",
    [
        ("grown", "it has 9 bytes instead of 5"),
        ("touched", "it was modified since"),
        ("a link", "it cannot be read (Too many levels of symbolic links)"),
        ("a FIFO", "it is of another kind"),
    ],
)
def test_a_damaged_file_is_named_and_not_restored(
    models: Path, backups: Path, pruned: Path, damage: str, reason: str
) -> None:
    path = pruned / "models" / "old_a"
    status = path.stat()
    if damage == "grown":
        path.write_bytes(b"old_amore")
    if damage in ("grown", "touched"):
        os.utime(str(path), ns=(0, status.st_mtime_ns + (damage == "touched")))
    else:
        path.unlink()
        make_link(path, "/etc/passwd") if damage == "a link" else os.mkfifo(str(path))
    report = restore(models, backups, force=True)
    assert errors(report.result["failed_models"]) == {"old_a": f"damaged in the set: {reason}"}
    assert report.failure == f"1 of 4 models could not be restored; old_a: damaged in the set: {reason}"
    assert names(report.result["restored"]) == ALL[1:]
    assert not os.path.lexists(str(models / "old_a"))


def test_another_content_of_the_same_size_and_time_is_found_where_there_is_a_checksum(
    models: Path, backups: Path, pruned: Path, way: str
) -> None:
    path = pruned / "models" / "old_a"
    status = path.stat()
    path.write_bytes(b"OLD_A")
    os.utime(str(path), ns=(status.st_atime_ns, status.st_mtime_ns))
    failed = errors(restore(models, backups).result["failed_models"])
    assert failed == ({"old_a": "damaged in the set: its sha256 differs"} if way == "copied" else {})


@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_damaged_link_is_named(models: Path, backups: Path, pruned: Path, kind: str) -> None:
    path = pruned / "models" / "old_link"
    path.unlink()
    make_link(path, "elsewhere") if kind == "link" else make_file(path)
    reason = "the link leads elsewhere" if kind == "link" else "it is of another kind"
    assert errors(restore(models, backups).result["failed_models"]) == {"old_link": f"damaged in the set: {reason}"}


def test_a_folder_of_the_set_that_is_a_link_is_not_entered(models: Path, backups: Path, pruned: Path) -> None:
    (pruned / "models" / "old_sub").rename(backups / "moved")
    make_link(pruned / "models" / "old_sub", "../../moved")
    failed = errors(restore(models, backups).result["failed_models"])
    assert failed == dict.fromkeys(ALL[2:], "its folder in the set cannot be opened: Not a directory")


@pytest.mark.parametrize("name", ["old_a", "old_link"])
def test_of_two_copies_that_a_kill_left_the_one_in_the_set_goes(
    models: Path, backups: Path, pruned: Path, name: str, way: str
) -> None:
    source = pruned / "models" / name
    if name == "old_link":
        make_link(models / name, os.readlink(str(source)))
    elif way == "copied":
        make_file(models / name, source.read_bytes())
        os.utime(str(models / name), ns=(0, source.stat().st_mtime_ns))
    else:
        os.link(str(source), str(models / name))
    result = restore(models, backups, names=["old_*"]).result
    assert reasons(result["kept"]) == {name: "is there already; the second copy goes from the set"}
    assert not os.path.lexists(str(source))


def test_what_kills_left_is_cleaned_up(models: Path, backups: Path, pruned: Path) -> None:
    make_files(pruned, "copy.new")
    make_files(models, ".ocr_model_restore.new")
    (models / ".ocr_model_restore.folder").mkdir()
    assert names(restore(models, backups).result["restored"]) == ALL
    assert [name for name in names_in(models) + names_in(pruned) if "restore" in name or "new" in name] == []


@pytest.fixture
def sets(models: Path, backups: Path) -> list[str]:
    """The names of two sets, oldest first."""
    made = []
    for name in ("old_a", "old_b"):
        make_files(models, name)
        made.append(prune_once(models, backup_dir=backups).result["backup"])
    return made


def test_the_newest_set_is_the_default(models: Path, backups: Path, sets: list[str]) -> None:
    result = restore(models, backups).result
    assert (result["backup"], names(result["restored"])) == (sets[1], ["old_b"])
    result = restore(models, backups, backup=sets[0]).result
    assert (result["backup"], names(result["restored"])) == (sets[0], ["old_a"])


@pytest.mark.parametrize("name", ["2020-01-01T00-00-00.000000Z", "..", "", "/etc", "notes", "x/../y"])
def test_a_set_that_is_not_there_is_an_error(models: Path, backups: Path, sets: list[str], name: str) -> None:
    (backups / "notes").mkdir()
    wrong = "cannot be opened: No such file" if name.startswith("2020") else "there is no set"
    with pytest.raises(OcrModelError, match=f"^backup: .*{wrong}"):
        restore(models, backups, backup=name)
    assert names_in(models) == []


def test_without_any_set_nothing_is_restored_and_a_warning_says_so(models: Path, backups: Path) -> None:
    for there in (False, True):
        if there:
            backups.mkdir()
        options = restore_run.RestoreOptions((("path", str(models)),), str(backups), (), (), False)
        for check_mode in (True, False):
            report = restore_run.restore(options, check_mode=check_mode)
            assert report.warnings == [f"There is no backup set of {models} in {backups}; nothing was restored"]
            assert (report.result["changed"], report.result["backup"], report.failure) == (False, None, None)


def test_a_missing_model_directory_has_to_be_made_first(models: Path, backups: Path) -> None:
    with pytest.raises(OcrModelError, match=r"/missing does not exist; make it, with its owner and mode, then restore"):
        restore(models / "missing", models)


def test_sets_of_another_directory_are_not_restored_here(area: Path, models: Path, backups: Path) -> None:
    make_files(area / "other", "old_x")
    other = prune_once(area / "other", backup_dir=backups).result["backup"]
    make_files(models, "old_a")
    prune_once(models, backup_dir=backups)
    make_files(area / "other", "old_y")
    prune_once(area / "other", backup_dir=backups)
    assert names(restore(models, backups).result["restored"]) == ["old_a"]
    with pytest.raises(OcrModelError, match=f"was made of {area}/other on host {os.uname().nodename}, not of {models}"):
        restore(models, backups, backup=other)


def test_a_newest_set_that_is_damaged_is_no_reason_to_take_an_older_one(
    models: Path, backups: Path, sets: list[str]
) -> None:
    """Its first line may be damaged, too: then the name tells that it may be the newest one."""
    manifest = backups / sets[1] / "manifest.jsonl"
    first_line = manifest.read_bytes().split(b"\n")[0]
    for content in (b"damaged\n", first_line + b"\ndamaged\n"):
        manifest.write_bytes(content)
        with pytest.raises(OcrModelError) as caught:
            restore(models, backups)
        assert str(caught.value).startswith(f"backup: the newest set cannot be used: {manifest} is damaged (")
        assert str(caught.value).endswith(
            f"Nothing was restored; to restore the next older one, name it with backup: {sets[0]}"
        )
        assert names_in(models) == []
    assert names(restore(models, backups, backup=sets[0]).result["restored"]) == ["old_a"]


def test_the_only_set_that_is_damaged_is_an_error(models: Path, backups: Path, pruned: Path) -> None:
    (pruned / "manifest.jsonl").write_bytes(b"damaged\n")
    with pytest.raises(OcrModelError, match=f"is damaged .* Nothing was restored; there is no older one in {backups}"):
        restore(models, backups)


def test_an_older_set_that_is_damaged_is_a_warning(models: Path, backups: Path, sets: list[str]) -> None:
    (backups / sets[0] / "manifest.jsonl").write_bytes(b"damaged\n")
    report = restore(models, backups)
    assert (report.result["backup"], names(report.result["restored"])) == (sets[1], ["old_b"])
    assert len(report.warnings) == 1
    assert f"{sets[0]}/manifest.jsonl is damaged" in report.warnings[0]


def test_a_date_in_the_future_makes_no_set_the_newest(models: Path, backups: Path, sets: list[str]) -> None:
    (backups / sets[0]).rename(backups / "2999-01-01T00-00-00.000000Z")
    result = restore(models, backups).result
    assert (result["backup"], names(result["restored"])) == (sets[1], ["old_b"])


def test_a_set_without_a_manifest_holds_nothing(models: Path, backups: Path, sets: list[str]) -> None:
    (backups / sets[1] / "manifest.jsonl").unlink()
    report = restore(models, backups)
    assert (report.result["backup"], report.warnings) == (sets[0], [])
    with pytest.raises(OcrModelError, match="has no manifest: its prune was killed before anything moved"):
        restore(models, backups, backup=sets[1])


@pytest.mark.parametrize("mode", [0o720, 0o702])
def test_a_set_that_others_may_write_is_not_trusted(models: Path, backups: Path, sets: list[str], mode: int) -> None:
    (backups / sets[1]).chmod(mode)
    with pytest.raises(
        OcrModelError, match=f"belongs to uid {os.geteuid()} and has mode 0{mode:o}; it cannot be trusted"
    ):
        restore(models, backups, backup=sets[1])


def test_a_set_of_another_user_is_not_trusted(
    models: Path, backups: Path, sets: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    give_to_ordinary_user(backups / sets[1])
    monkeypatch.setattr("os.geteuid", lambda: ORDINARY_USER + 1)
    with pytest.raises(OcrModelError, match=f"belongs to uid {ORDINARY_USER} and has mode 0700; it cannot be trusted"):
        restore(models, backups, backup=sets[1])


def test_a_folder_that_this_user_may_not_change_is_an_error_of_its_models(
    area: Path, models: Path, backups: Path
) -> None:
    give_to_ordinary_user(area, models)
    make_files(models, "old_a", "sub/old_b", "sub/c")
    give_to_ordinary_user(*models.rglob("*"))
    as_ordinary_user(lambda: prune(models, backup_dir=backups))
    (models / "sub").chmod(0o555)
    report = as_ordinary_user(lambda: restore(models, backups))
    assert names(report.result["restored"]) == ["old_a"]
    (error,) = errors(report.result["failed_models"]).values()
    assert error.startswith(f"Permission denied for uid {ORDINARY_USER}; run as root or as the owner")


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_file_system_without_hard_links(
    models: Path, backups: Path, pruned: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_arguments: t.Any, **_options: t.Any) -> t.NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.link", no_links)
    assert names(restore(models, backups).result["restored"]) == ALL
    assert names_in(pruned) == ["manifest.jsonl", "models"]


def test_what_appears_meanwhile_is_not_overwritten(
    models: Path, backups: Path, pruned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def appears(source: t.Any, target: t.Any, **options: t.Any) -> None:
        if target == b"old_a":
            make_file(models / "old_a", b"newer")
        link(source, target, **options)

    monkeypatch.setattr("os.link", appears)
    options = restore_run.RestoreOptions((("path", str(models)),), str(backups), (), ("old_a",), False)
    report = restore_run.restore(options, check_mode=False)
    assert errors(report.result["failed_models"]) == {"old_a": "File exists"}
    assert (models / "old_a").read_bytes() == b"newer"
    assert (pruned / "models" / "old_a").read_bytes() == b"old_a"


def test_a_folder_that_somebody_swapped_is_not_used(
    models: Path, backups: Path, pruned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mkdir = os.mkdir

    def swapped(name: t.Any, *arguments: int, **options: int) -> None:
        mkdir(name, *arguments, **options)
        if name == b".ocr_model_restore.folder":
            make_file(models / os.fsdecode(name) / "somebody's")

    monkeypatch.setattr("os.mkdir", swapped)
    options = restore_run.RestoreOptions((("path", str(models)),), str(backups), (), ("*.gguf",), False)
    failed = errors(restore_run.restore(options, check_mode=False).result["failed_models"])
    assert failed == {
        "old_sub/b.gguf": "somebody put another folder in the place of the one that was made",
    }
    assert (pruned / "models" / "old_sub" / "b.gguf").exists()


@pytest.mark.parametrize("name", ["old_a", "old_link", "old_sub/deep/*"])
def test_a_model_that_cannot_get_its_name_leaves_no_copy(
    models: Path, backups: Path, pruned: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the kernel refuses in the last instant: a full copy must not stay hidden in the model directory."""

    def refused(*_arguments: t.Any) -> t.NoReturn:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(restoration, "move", refused)
    options = restore_run.RestoreOptions((("path", str(models)),), str(backups), (), (name,), False)
    report = restore_run.restore(options, check_mode=False)
    assert list(errors(report.result["failed_models"]).values()) == ["Input/output error"]
    assert [name for name in names_in(models) if name.startswith(".")] == []
    assert len([name for name in names_in(pruned / "models") if not (pruned / "models" / name).is_dir()]) == 4


def test_a_copy_that_cannot_leave_the_set_is_no_failure(
    models: Path, backups: Path, pruned: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = os.unlink

    def refused(name: t.Any, **options: int) -> None:
        if name == b"old_a":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        unlink(name, **options)

    monkeypatch.setattr("os.unlink", refused)
    options = restore_run.RestoreOptions((("path", str(models)),), str(backups), (), (), False)
    report = restore_run.restore(options, check_mode=False)
    assert (report.failure, names(report.result["restored"])) == (None, ALL)
    assert report.warnings == [
        f"Of 1 restored models a copy stays in the backup set {pruned.name} (Input/output error): old_a"
    ]
    again = restore_run.restore(options, check_mode=False)
    assert (again.failure, again.result["changed"]) == (None, False)
    assert reasons(again.result["kept"]) == {
        "old_a": "is there already; its copy stays in the set (Input/output error)"
    }
