# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option ``user``: as whom a run of root touches what, seen from outside and from inside."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from accounts import NAME, SECOND_GROUP, SYSTEM_PYTHON, account, install_sdk, make_account
from collection import (
    make_file,
    make_folder,
    models_in_sets,
    module_environment,
    names,
    prune,
    reasons,
    restore,
    run_module,
    snapshot,
    substitute,
)
from holders import hold_mapped, hold_open, holding
from namespaces import SERVICE, STRANGER, isolated, mount
from tracing import Call, Ids, calls_of, tracer

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import identity
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.tree import load_renameat2

AS_USER = (SERVICE, SERVICE, (SERVICE, SECOND_GROUP))
FOR_GOOD = Ids((SERVICE,) * 3, (SERVICE,) * 3, (SERVICE, SECOND_GROUP))

WATCHED = (sys.executable, str(Path(__file__).with_name("watched.py")))

# What the fake SDK does first: say who it is, and what it was given.
SAY = (
    "from pathlib import Path; import json; home = Path(os.environ['HOME']); "
    "home.joinpath('status').write_text(Path('/proc/self/status').read_text()); "
    "home.joinpath('environment').write_text(json.dumps(dict(os.environ))); "
    "home.joinpath('again').write_text(str([tuple(os.getresuid()), os.getcwd()])); "
    "open('/dev/stdout', 'w').write('reopened'); "
)


def make_models(home: Path) -> Path:
    """Make a model directory of the service user, with a model of root in it."""
    models = make_folder(home / "models", owner=SERVICE, mode=0o700)
    for name in ("current.bin", "old_a.bin", "sub/old_b.bin", "sub/old_c.part"):
        make_file(models / name, owner=SERVICE)
    os.chown(models / "sub", SERVICE, SERVICE)
    (models / "old_link").symlink_to("/etc/passwd")
    os.chown(models / "old_link", SERVICE, SERVICE, follow_symlinks=False)
    make_file(models / "old_of_root.bin")
    return models


def run_as_user(name: str, through: t.Sequence[str] = (sys.executable, "-m"), **arguments: t.Any) -> dict[str, t.Any]:
    """Run a module with ``user`` set; the SDK is skipped unless an option says otherwise."""
    if name != "ocr_model_restore":
        arguments.setdefault("engine", "skip")
    return run_module(name, through=through, user=NAME, **arguments)


def assert_only_the_user_walked(processes: list[list[Call]], home: Path) -> None:
    """Of each process, all below the user's home is done as the user, and what root does in between is in /proc."""
    module = processes[0]
    below = [call for calls in processes for call in calls if any(is_below(path, home) for path in call.paths)]
    assert below
    assert not [call for call in below if call.ids.effective != AS_USER]
    turns = [number for number, call in enumerate(module) if call.ids.effective == AS_USER]
    between = [call for call in module[turns[0] : turns[-1]] if call.ids.effective != AS_USER and call.paths]
    assert not [call for call in between if not all(is_below(path, Path("/proc")) for path in call.paths)]
    proc = [call for call in module if any(path.startswith("/proc/") for path in call.paths)]
    assert not [call for call in proc if call.ids.effective[0] != 0]
    assert not [call for call in module if call.forks and call.ids != module[0].ids]
    # Root it stays for whoever would signal or trace it.
    assert {(call.ids.users[0], call.ids.users[2]) for call in module} == {(0, 0)}
    for calls in processes[1:]:
        done = [call for call in calls if not call.name.startswith("set") and not call.name.endswith("robust_list")]
        assert not [call for call in done if call.ids != FOR_GOOD and (call.paths or call.name == "execve")]
        assert any(call.name == "execve" for call in done if call.pid == processes[1][0].pid)


def is_below(path: str, folder: Path) -> bool:
    """Whether a path is that of a folder or of what is below it."""
    return (path + "/").startswith(f"{folder}/")


@isolated
def test_the_facts_and_the_sdk_are_the_users(area: Path) -> None:
    home = make_account(area)
    models = make_models(home)
    python = install_sdk(home, model_dir=str(models), listed=f"[{str(models / 'old_a.bin')!r}]", start=SAY)
    result = run_as_user(
        "ocr_model_facts",
        through=(*tracer(area / "trace"), sys.executable, "-m"),
        engine="required",
        sdk_python="~/venv/bin/python",
        checksum="sha256",
    )
    assert result["ansible_facts"]["ocr_models"]["engine"]["python"] == python
    assert result["ansible_facts"]["ocr_models"]["directories"][0]["path"] == str(models)
    assert result["ansible_facts"]["ocr_models"]["in_use_count"] == 0
    processes = calls_of(area / "trace")
    assert len(processes) > 1
    assert_only_the_user_walked(processes, home)
    made = [path for call in processes[0] if call.name.startswith("mkdir") for path in call.paths]
    assert made and not any(Path(path).exists() for path in made)
    status = dict(line.split(":\t", 1) for line in (home / "status").read_text().splitlines() if ":\t" in line)
    assert status["Uid"].split() == status["Gid"].split() == [str(SERVICE)] * 4
    assert status["Groups"].split() == [str(SERVICE), str(SECOND_GROUP)]
    assert (status["CapEff"], status["CapPrm"]) == ("0" * 16, "0" * 16)
    environment = json.loads((home / "environment").read_text())
    assert {name: environment[name] for name in ("HOME", "USER", "LOGNAME", "SHELL", "MAIL")} == {
        "HOME": str(home),
        "USER": NAME,
        "LOGNAME": NAME,
        "SHELL": "/bin/sh",
        "MAIL": f"/var/mail/{NAME}",
    }
    assert environment["PWD"] in (home / "again").read_text()


@pytest.mark.parametrize("backup", ["none", "same file system", "another file system"])
@isolated
def test_a_prune_and_its_restore_are_the_users(area: Path, backup: str) -> None:
    home = make_account(area)
    models = make_models(home)
    (models / "old_of_root.bin").unlink()
    before = snapshot(models)
    options: dict[str, t.Any] = {"path": "~/models"}
    if backup != "none":
        options["backup_dir"] = "~/backup/sets"
        make_folder(home / "backup", owner=SERVICE)
    if backup == "another file system":
        mount("-t", "tmpfs", "-o", f"uid={SERVICE},gid={SERVICE}", "none", home / "backup")
    selected = dict(
        options,
        stale_prefixes=["old_"],
        incomplete=True,
        max_prune="100%",
        **({"backup_max_age": "1d"} if backup != "none" else {}),
    )
    runs = [("ocr_model_prune", dict(selected, _ansible_check_mode=True)), ("ocr_model_prune", selected)]
    if backup != "none":
        runs += [("ocr_model_restore", dict(options, _ansible_check_mode=True)), ("ocr_model_restore", options)]
    for number, (name, arguments) in enumerate(runs):
        trace = area / f"trace.{number}"
        result = run_as_user(name, through=(*tracer(trace), sys.executable, "-m"), **arguments)
        assert len(result["pruned" if name == "ocr_model_prune" else "restored"]) == 4
        assert_only_the_user_walked(calls_of(trace), home)
    if backup != "none":
        assert snapshot(models) == before


MISTAKES: dict[str, dict[str, t.Any]] = {
    "nothing": {},
    "an SDK that fails": {"engine": "auto", "sdk_python": "~/venv/bin/python"},
    "no SDK": {"engine": "auto", "sdk_python": SYSTEM_PYTHON},
    "a Python that is none": {"engine": "auto", "sdk_python": "/etc/passwd"},
    "a working directory that is closed": {"engine": "auto", "sdk_python": SYSTEM_PYTHON, "working_dir": "/root"},
    "a path that is closed": {"path": "/root/closed"},
    "no path": {"path": "~/missing"},
    "checksums": {"checksum": "sha256"},
    "versions and required models": {
        "version_pattern": "_(?P<version>.)",
        "required": [{"name": "old_a.bin", "sha256": "0" * 64}],
        "checksum": "required",
    },
    "a need of space": {"min_free": "100%"},
    "a backup directory that is closed": {"backup_dir": "/root/backup"},
    "a backup directory": {"backup_dir": "~/backup", "backup_max_age": "0"},
    "a backup elsewhere": {"backup_dir": "/mnt/area/elsewhere", "backup_max_age": "0"},
}


@pytest.mark.parametrize("mistake", MISTAKES)
@isolated
def test_nothing_is_imported_started_or_asked_of_proc_as_the_user(area: Path, mistake: str) -> None:
    home = make_account(area)
    models = make_models(home)
    install_sdk(home, model_dir=str(models), start="raise RuntimeError('Proxy error')")
    mount("-t", "tmpfs", "-o", f"mode=700,uid={SERVICE}", "none", make_folder(area / "elsewhere"))
    options = {"path": str(models), **MISTAKES[mistake]}
    of_prune = {"stale_prefixes": ["old_"], **options}
    if of_prune.get("checksum") == "sha256":
        del of_prune["checksum"]
    of_facts = {name: value for name, value in options.items() if not name.startswith(("backup", "min_free"))}
    with holding(hold_open, models / "old_a.bin"):
        watch("ocr_model_facts", **of_facts)
        watch("ocr_model_prune", _ansible_check_mode=True, **of_prune)
        watch("ocr_model_prune", **of_prune)
    if "backup_dir" in options:
        watch("ocr_model_restore", path=options["path"], backup_dir=options["backup_dir"])


def watch(name: str, **arguments: t.Any) -> None:
    """Run a module and look whether anything was wrong of what it did as the user."""
    if name != "ocr_model_restore":
        arguments.setdefault("engine", "skip")
    completed = subprocess.run(
        [*WATCHED, "wrongs", f"ansible_collections.ocrfleet.aspose.plugins.modules.{name}"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": {"user": NAME, **arguments}}),
        env=module_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.stderr == ""
    assert json.loads(completed.stdout)["msg"]


@isolated
def test_a_kernel_that_refuses_fdinfo_to_a_process_that_changed_its_user_is_no_hindrance(area: Path) -> None:
    models = make_models(make_account(area))
    (models / "old_of_root.bin").unlink()
    result = run_as_user(
        "ocr_model_prune", (*WATCHED, "refusals"), path=str(models), stale_prefixes=["old_"], backup_dir="~/backup"
    )
    assert names(result["pruned"]) == ["old_a.bin", "old_link", "sub/old_b.bin", "sub/old_c.part"]


@pytest.mark.parametrize("call", ["setresuid", "setresgid", "setgroups"])
@isolated
def test_a_change_of_identity_that_fails_ends_the_run_and_removes_nothing(area: Path, call: str) -> None:
    home = make_account(area)
    models = make_models(home)
    python = install_sdk(home, model_dir=str(models))
    before = snapshot(models)
    options = {"path": str(models), "stale_prefixes": ["old_"], "engine": "required", "sdk_python": python}
    gone: set[str] = set()
    number = 0
    while not gone:
        number += 1
        result = run_as_user("ocr_model_prune", (*WATCHED, f"{call}:{number}"), **options)
        gone = before.keys() - snapshot(models).keys()
        if result.get("failed"):
            assert "could not be taken on" in result["msg"] or "engine is required, but" in result["msg"], result
    # So often it failed before the removal. One that fails during that leaves the rest, and one after it the report.
    assert number > 8
    assert gone <= {"old_a.bin", "old_link", "old_of_root.bin", "sub", "sub/old_b.bin", "sub/old_c.part"}


@pytest.mark.parametrize("backup", ["same file system", "another file system"])
@isolated
def test_a_model_that_could_not_be_given_back_as_it_was_is_not_copied(area: Path, backup: str) -> None:
    home = make_account(area)
    models = make_models(home)
    for name, owner, group in (("group", SERVICE, STRANGER), ("second", SERVICE, SECOND_GROUP), ("other", STRANGER, 0)):
        make_file(models / f"old_of_{name}.bin")
        os.chown(models / f"old_of_{name}.bin", owner, group)
    backups = make_folder(home / "backup", owner=SERVICE)
    copied = backup == "another file system"
    if copied:
        mount("-t", "tmpfs", "-o", f"uid={SERVICE},gid={SERVICE}", "none", backups)
    before = snapshot(models)
    options: dict[str, t.Any] = {"path": str(models), "stale_prefixes": ["old_of"], "backup_dir": str(backups)}
    predicted = run_as_user("ocr_model_prune", _ansible_check_mode=True, **options)
    assert snapshot(models) == before
    result = run_as_user("ocr_model_prune", **options)
    assert (result["pruned"], result["kept"]) == (predicted["pruned"], predicted["kept"])
    stay = ["old_of_group.bin", "old_of_other.bin", "old_of_root.bin"] if copied else []
    assert names(result["kept"]) == stay
    for model, owners in zip(result["kept"], [(SERVICE, STRANGER), (STRANGER, 0), (0, 0)], strict=False):
        assert model["reason"] == (
            f"a copy could not be given back to uid {owners[0]} and gid {owners[1]} by uid {SERVICE}; run as root"
        )
    assert len(result["pruned"]) == 4 - len(stay)
    restored = run_as_user("ocr_model_restore", path=str(models), backup_dir=str(backups))
    assert not restored.get("failed")
    assert snapshot(models) == before


@isolated
def test_a_model_of_root_that_appears_during_the_restore_is_not_overwritten(area: Path) -> None:
    """The kernel refuses the user a hard link to a file of root, so that another way must not replace anything."""
    models = make_models(make_account(area))
    backups = area / "home" / "backup"
    with identity.user(account(area)):
        load_renameat2()
        prune(models, stale_prefixes=["old_of"], backup_dir=backups)
        linked = os.link

        def appears(*arguments: t.Any, **options: t.Any) -> None:
            try:
                linked(*arguments, **options)
            finally:
                # Only then: the kernel would name the file that exists before it refuses the link.
                (models / "old_of_root.bin").write_bytes(b"newest")

        substitute(os, "link", appears)
        report = restore(models, backups)
    assert "File exists" in reasons(report.result["failed_models"])["old_of_root.bin"]
    assert (models / "old_of_root.bin").read_bytes() == b"newest"
    assert len(models_in_sets(backups)) == 1


@pytest.mark.parametrize("closed", ["the directory", "a set"])
@isolated
def test_what_root_made_is_closed_and_the_message_says_what_to_do(area: Path, closed: str) -> None:
    models = make_models(make_account(area))
    backups = area / "home" / "backup"
    made = run_module(
        "ocr_model_prune", path=str(models), stale_prefixes=["old_a"], backup_dir=str(backups), engine="skip"
    )
    if closed == "a set":
        os.chown(backups, SERVICE, SERVICE)
    result = run_as_user("ocr_model_restore", path=str(models), backup_dir=str(backups), backup=made["backup"])
    assert result["failed"] is True
    assert result["msg"].startswith(f"backup_dir: {backups}" if closed == "the directory" else "backup: the set ")
    assert result["msg"].endswith("; root owns it: give it to that user, or run as root and leave user out")


@isolated
def test_a_model_of_root_is_seen_to_be_in_use(area: Path) -> None:
    models = make_models(make_account(area))
    for hold in (hold_open, hold_mapped):
        with holding(hold, models / "old_of_root.bin") as pid:
            result = run_as_user("ocr_model_prune", path=str(models), stale_prefixes=["old_of"])
            assert result["pruned"] == []
            assert result["kept"][0]["reason"].startswith(f"in use by {pid} (")
    assert names(run_as_user("ocr_model_prune", path=str(models), stale_prefixes=["old_of"])["pruned"]) == [
        "old_of_root.bin"
    ]


@isolated
def test_a_model_of_root_that_only_a_lease_shows_to_be_in_use_stays(area: Path) -> None:
    """A descriptor on its way through a socket is in no process, and on a file of root only root gets a lease."""
    models = make_models(make_account(area))
    here, there = socket.socketpair()
    descriptor = os.open(models / "old_of_root.bin", os.O_RDONLY)
    socket.send_fds(here, [b"x"], [descriptor])
    os.close(descriptor)
    result = run_as_user("ocr_model_prune", path=str(models), stale_prefixes=["old_of"])
    assert [model["reason"] for model in result["kept"]] == ["in use by a process or device that this user cannot see"]
    _data, descriptors, _flags, _address = socket.recv_fds(there, 1, 1)
    os.close(descriptors[0])
    assert names(run_as_user("ocr_model_prune", path=str(models), stale_prefixes=["old_of"])["pruned"])


@isolated
def test_root_sees_what_a_stranger_still_holds(area: Path) -> None:
    models = make_models(make_account(area))
    with holding(hold_mapped, make_file(models / "old_held.bin", b"x" * 5000, owner=SERVICE), user=0) as pid:
        result = run_as_user("ocr_model_prune", path=str(models), stale_prefixes=["old_h"], in_use="ignore")
    assert (result["freed_bytes"], result["pending_bytes"]) == (0, 8192)
    assert [holder["pid"] for holder in result["ocr_models"]["holders"]] == [pid]


@pytest.mark.parametrize("option", ["path", "backup_dir", "sdk_python", "working_dir"])
@isolated
def test_no_path_leads_root_astray(area: Path, option: str) -> None:
    """Root could go there, the user can not, and so the run does not either."""
    home = make_account(area)
    models = make_models(home)
    secret = make_folder(area / "secret", mode=0o700)
    make_file(secret / "models" / "old_secret.bin")
    make_file(secret / "python", f"#!/bin/sh\ntouch {area}/ran\n", mode=0o755)
    before = snapshot(secret)
    places = {"path": "models", "backup_dir": "backup", "sdk_python": "python", "working_dir": "models"}
    options: dict[str, t.Any] = {"path": str(models), "stale_prefixes": ["old_a"], option: f"{secret}/{places[option]}"}
    if option in ("sdk_python", "working_dir"):
        options.update(engine="required", sdk_python=options.get("sdk_python", SYSTEM_PYTHON))
    result = run_as_user("ocr_model_prune", **options)
    assert result["failed"] is True
    assert option in result["msg"]
    assert snapshot(secret) == before
    assert (models / "old_a.bin").exists()
    assert not (area / "ran").exists()


@isolated
def test_neither_the_task_nor_a_child_keeps_a_way_back_to_root(area: Path) -> None:
    home = make_account(area)
    models = make_models(home)
    back = "[call() for call in (lambda: os.setresuid(-1, 0, -1), lambda: os.setgroups([0])) if not refused(call)]"
    refused = (
        "exec('def refused(call):\\n try:\\n  call()\\n except OSError:\\n  return True\\n', globals()); "
        f"assert not {back}; "
    )
    python = install_sdk(home, model_dir=str(models), start=refused + "pass")
    result = run_as_user("ocr_model_facts", path=str(models), engine="required", sdk_python=python)
    assert result["ansible_facts"]["ocr_models"]["engine"]["state"] == "released"


@isolated
def test_the_user_can_neither_signal_nor_trace_the_run(area: Path) -> None:
    make_account(area)
    with identity.user(account(area)):
        pid = os.getpid()
        with identity.root():
            child = os.fork()
            if child == 0:
                identity.prepare_child(account(area))
                refused = []
                for attempt in (lambda: os.kill(pid, 0), lambda: os.listdir(f"/proc/{pid}/fd")):
                    try:
                        attempt()
                    except PermissionError:
                        refused.append(attempt)
                os._exit(len(refused))
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2


@isolated
def test_ansible_runs_it_from_a_file_that_the_user_cannot_read(area: Path) -> None:
    """Ansible's own way: a zip file of root, from which everything has been imported before the user is taken on."""
    home = make_account(area)
    models = make_models(home)
    python = install_sdk(home, model_dir=str(models), start="raise RuntimeError('Proxy error')")
    tasks: list[dict[str, t.Any]] = [
        {
            "ocrfleet.aspose.ocr_model_facts": {
                "user": NAME,
                "path": "~/models",
                "checksum": "sha256",
                "sdk_python": python,
            }
        },
        {
            "ocrfleet.aspose.ocr_model_prune": {
                "user": NAME,
                "path": "~/models",
                "version_pattern": "_(?P<version>.)",
                "required": [{"name": "old_a.bin", "sha256": "0" * 64}],
                "checksum": "required",
                "min_free": "0%",
                "engine": "skip",
            }
        },
        {
            "ocrfleet.aspose.ocr_model_prune": {
                "user": NAME,
                "path": "~/models",
                "stale_prefixes": ["old_a"],
                "backup_dir": "~/backup",
                "sdk_python": python,
            }
        },
        {"ocrfleet.aspose.ocr_model_restore": {"user": NAME, "path": "~/models", "backup_dir": "~/backup"}},
    ]
    playbook = make_file(
        area / "playbook.yml", json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
    )
    completed = subprocess.run(
        [sys.executable, "-m", "ansible.cli.playbook", "-i", "localhost,", "-c", "local", str(playbook)],
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": os.environ["PYTHONPATH"].split(os.pathsep)[0],
            "ANSIBLE_HOME": str(make_folder(area / "ansible", mode=0o700)),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "LC_ALL": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert "changed=2" in completed.stdout
