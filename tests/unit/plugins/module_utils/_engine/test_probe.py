# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe, run in this process; test_engine runs it where it belongs, in other ones."""

from __future__ import annotations

import ast
import contextlib
import ctypes
import inspect
import mmap
import os
import site
import sys
import threading
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine import probe
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils import fake_sdk

Pairs = t.List[t.Tuple[bytes, bytes]]


def answer_of(act: t.Callable[[int], object]) -> Pairs:
    """What a function writes to the descriptor that it is given."""
    reading, writing = os.pipe()
    received: list[bytes] = []

    def receive() -> None:
        with open(reading, "rb") as file:
            received.append(file.read())

    receiver = threading.Thread(target=receive)
    receiver.start()
    try:
        act(writing)
    finally:
        os.close(writing)
        receiver.join()
    parts = received[0].split(b"\0")
    assert parts.pop() == b""
    return list(zip(parts[::2], parts[1::2]))


@contextlib.contextmanager
def opened(path: Path) -> t.Iterator[int]:
    """Keep a file or folder open; gives the descriptor."""
    fd = os.open(str(path), os.O_RDONLY)
    yield fd
    os.close(fd)


@contextlib.contextmanager
def mapped(path: Path) -> t.Iterator[None]:
    """Keep a file mapped, without a descriptor, which mmap.mmap() would keep."""
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    with opened(path) as fd:
        address = libc.mmap(None, 1, mmap.PROT_READ, mmap.MAP_PRIVATE, fd, 0)
    yield
    libc.munmap(address, 1)


@pytest.fixture
def site_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Path]:
    """A folder on this process's path for the fake SDK, which is forgotten afterwards."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(folder), "/nonexistent", *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if name.split(".")[0] == "aspose":
            del sys.modules[name]


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def test_its_source_is_ascii_and_runs_on_python_3_6() -> None:
    source = inspect.getsource(probe)
    source.encode("ascii")
    tree = ast.parse(source, feature_version=(3, 6)) if sys.version_info >= (3, 8) else ast.parse(source)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names} | {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    }
    assert imported == {"importlib", "os", "site", "sys"}, "each other import costs every host time"


def test_the_whole_answer(site_packages: Path, model_dir: Path) -> None:
    fake_sdk.install(site_packages, ai=fake_sdk.source(model_dir=str(model_dir), listed="['a', '\\udcff']"))
    assert answer_of(probe.main) == [
        (b"python", "{}.{}".format(*sys.version_info).encode()),
        (b"package", fake_sdk.PACKAGE.encode()),
        (b"version", fake_sdk.VERSION.encode()),
        (b"model_dir", os.fsencode(model_dir)),
        (b"listing", b""),
        (b"listed", b"a"),
        (b"listed", b"\xff"),
        (b"detail", b""),
        (b"outcome", b"released"),
    ]


@pytest.mark.parametrize(
    "ocr, ai, outcome",
    [
        ("raise ImportError('failed to map segment')", None, b"import"),
        ("raise ModuleNotFoundError('no numpy', name='numpy')", None, b"import"),
        ("raise ModuleNotFoundError('no build', name='aspose.ocr')", None, b"no-build"),
        ("", None, b"too-old"),
        ("", "", b"too-old"),
        ("", "raise ModuleNotFoundError('by the hook of the SDK')", b"too-old"),
        ("", "raise ModuleNotFoundError('no numpy', name='numpy')", b"import"),
        ("", "raise RuntimeError('broken')", b"import"),
        ("", fake_sdk.source(model_dir="/", start="raise RuntimeError('broken')"), b"start"),
        ("", fake_sdk.source(model_dir="/etc", listed="1/0"), b"list"),
        ("", fake_sdk.source(model_dir="/nonexistent", listed="1/0"), b"released"),
        ("", fake_sdk.source(model_dir="/nonexistent", release="raise RuntimeError('broken')"), b"release"),
        ("", fake_sdk.source(model_dir="\ud800"), b"start"),
    ],
)
def test_outcomes(site_packages: Path, ocr: str, ai: str | None, outcome: bytes) -> None:
    fake_sdk.install(site_packages, ocr=ocr, ai=ai)
    answer = dict(answer_of(probe.main))
    assert answer[b"outcome"] == outcome
    assert bool(answer[b"detail"]) == (outcome != b"released")


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for the probe, which leaves this process in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "private").mkdir()
    return tmp_path / "private"


@pytest.mark.parametrize(
    "answer, expected",
    [
        ("os.path.join(os.getcwd(), 'aspose_data')", b"aspose_data"),
        ("'aspose_data'", b"aspose_data"),
        ("'/dev/shm'", b"/dev/shm"),
    ],
)
def test_where_the_ocr_models_are_is_relative_to_where_the_application_runs(
    site_packages: Path, model_dir: Path, private: Path, answer: str, expected: bytes
) -> None:
    ai = fake_sdk.source(model_dir=str(model_dir))
    fake_sdk.install(site_packages, ocr=fake_sdk.resources(answer), ai=ai)
    said = dict(answer_of(lambda fd: probe.main(fd, os.fsencode(private))))
    assert (said[b"outcome"], said[b"ocr_dir"]) == (b"released", expected)
    assert os.listdir(private.parent) != ["aspose_data"]
    assert b"ocr_dir" not in dict(answer_of(probe.main)), "asked without a private folder"


def test_an_sdk_that_does_not_tell_where_its_ocr_models_are(
    site_packages: Path, model_dir: Path, private: Path
) -> None:
    fake_sdk.install(site_packages, ai=fake_sdk.source(model_dir=str(model_dir)))
    said = dict(answer_of(lambda fd: probe.main(fd, os.fsencode(private))))
    assert (said[b"outcome"], said[b"model_dir"]) == (b"resources", os.fsencode(model_dir))
    assert b"Resources" in said[b"detail"]


@pytest.mark.usefixtures("site_packages")
def test_no_sdk() -> None:
    assert dict(answer_of(probe.main))[b"outcome"] == b"absent"


def test_what_is_held_is_named(site_packages: Path, model_dir: Path) -> None:
    model = model_dir / "old.bin"
    model.write_bytes(b"model")
    fake_sdk.install(site_packages, ai=fake_sdk.source(model_dir=str(model_dir)))
    with open(str(model), "rb"):
        answer = dict(answer_of(probe.main))
    assert (answer[b"outcome"], answer[b"held"]) == (b"held", os.fsencode(model))


@pytest.mark.parametrize("how", ["open", "mapped"])
def test_held_is_what_is_open_or_mapped_below_the_directory_and_nothing_beside(model_dir: Path, how: str) -> None:
    beside = model_dir.with_name("models2")
    beside.mkdir()
    files = [folder / name for folder in (model_dir, beside) for name in ("a.bin", "new\nline.bin", " space .bin")]
    link = model_dir.with_name("link")
    link.symlink_to(model_dir)
    with contextlib.ExitStack() as stack:
        for file in files:
            file.write_bytes(b"model")
            stack.enter_context(opened(file) if how == "open" else mapped(file))
        expected = {os.fsencode(file) for file in files[:3]}
        assert probe.held_below(os.fsencode(model_dir)) == expected
        assert probe.held_below(os.fsencode(link)) == expected
        stack.enter_context(opened(model_dir))
        assert probe.held_below(os.fsencode(model_dir)) == expected | {os.fsencode(model_dir)}
    assert probe.held_below(os.fsencode(model_dir)) == set()


def test_builds_and_a_package_of_another_name(site_packages: Path) -> None:
    fake_sdk.install(site_packages, builds=["35m", "310"], package="private-ocr", version="25.9.0")
    (site_packages / "aspose_words-1.dist-info").mkdir()
    (site_packages / "aspose_words-1.dist-info" / "RECORD").write_text("aspose/words.so,,")
    assert sorted(probe.find_distribution()) == [
        ("build", "310"),
        ("build", "35"),
        ("package", "private-ocr"),
        ("version", "25.9.0"),
    ]


@pytest.mark.parametrize("missing", ["RECORD", "METADATA"])
def test_a_package_without_metadata_has_no_name(site_packages: Path, missing: str) -> None:
    fake_sdk.install(site_packages)
    next(site_packages.glob(f"*.dist-info/{missing}")).unlink()
    assert probe.find_distribution() == []


def test_descriptions_can_be_sent_whatever_they_hold() -> None:
    described = probe.describe(RuntimeError("\udcff \ud800 \0"))
    assert answer_of(lambda fd: probe.send(fd, ("detail", described))) == [
        (b"detail", b"RuntimeError: \\udcff \\ud800 ")
    ]


class TestUserSite:
    """The folder of ``pip install --user``."""

    @pytest.fixture(autouse=True)
    def outside_of_environments(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(sys, "base_prefix", sys.prefix)
        monkeypatch.setattr(sys, "path", ["/library", "/shared/site-packages"])
        monkeypatch.setattr(site, "getsitepackages", lambda: ["/shared/site-packages"])
        self.folder = tmp_path / "home" / "lib"
        self.folder.mkdir(parents=True)
        monkeypatch.setattr(site, "getusersitepackages", lambda: str(self.folder))

    def test_it_comes_before_the_shared_packages(self) -> None:
        probe.add_user_site()
        assert sys.path == ["/library", str(self.folder), "/shared/site-packages"]

    def test_without_shared_packages_it_comes_last(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(site, "getsitepackages", list)
        probe.add_user_site()
        assert sys.path == ["/library", "/shared/site-packages", str(self.folder)]

    def test_a_virtual_environment_does_not_see_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "base_prefix", "/elsewhere")
        probe.add_user_site()
        assert sys.path == ["/library", "/shared/site-packages"]

    def test_a_missing_one_is_left_out(self) -> None:
        self.folder.rmdir()
        probe.add_user_site()
        assert sys.path == ["/library", "/shared/site-packages"]

    @pytest.mark.parametrize("depth", [0, 1, 2])
    def test_one_that_somebody_else_could_fill_is_left_out(self, monkeypatch: pytest.MonkeyPatch, depth: int) -> None:
        """The owner of a folder above could put another one in its place."""
        theirs = str([self.folder, *self.folder.parents][depth])
        real_stat = os.stat

        def stat_of_another_owner(path: t.Any, *args: t.Any, **options: t.Any) -> os.stat_result:
            found = real_stat(path, *args, **options)
            if path == theirs:
                return os.stat_result([*found[:4], os.geteuid() + 1, *found[5:10]])
            return found

        monkeypatch.setattr(os, "stat", stat_of_another_owner)
        probe.add_user_site()
        assert sys.path == ["/library", "/shared/site-packages"]

    def test_a_link_to_it_is_resolved(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        link = tmp_path / "link"
        link.symlink_to(self.folder)
        monkeypatch.setattr(site, "getusersitepackages", lambda: str(link))
        probe.add_user_site()
        assert sys.path[1] == str(self.folder), "what is imported does not change when the link does"
