# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine, asked in real child processes in which a fake SDK works or breaks."""

from __future__ import annotations

import errno
import glob
import os
import signal
import stat
import sys
import tempfile
import time
import typing as t
import venv
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine import ask as engine_ask
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine import child as engine_child
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.answer import EngineAnswer
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils import fake_sdk

# What the .NET of SDK 26.10.0, and of 25.9.0, printed before it aborted.
NO_ICU = "Process terminated. Couldn't find a valid ICU package installed on the system.\n   at System.Environment.F()"
NO_TEMP = "terminate called after throwing\n  what():  coreclr_initialize failed (0x80004005) [<APP_DOMAIN_NAME>='A']"
NO_TEMP_25 = "terminate called after throwing an instance\n  what():  coreclr_initialize failed - status:0x80004005"
NO_MEMORY = "  what():  coreclr_initialize failed (0x8007000e) [<APP_DOMAIN_NAME>='A']"
NO_PROC = "  what():  coreclr_initialize failed (0x8007001f) [<APP_DOMAIN_NAME>='A']"


class Application:
    """An OCR application: a virtual environment for the fake SDK, a model directory, and a way to ask."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        venv.EnvBuilder(with_pip=False, symlinks=True).create(str(folder / "venv"))
        self.python = str(folder / "venv" / "bin" / "python")
        self.site_packages = Path(glob.glob(str(folder / "venv" / "lib" / "python*" / "site-packages"))[0])
        self.model_dir = folder / "models"
        self.model_dir.mkdir()

    def install(self, ocr: str = "", **behaviour: str) -> None:
        """Install a fake SDK whose methods do this, see fake_sdk.source(); ``ocr`` is the source of ``aspose.ocr``."""
        behaviour.setdefault("model_dir", str(self.model_dir))
        fake_sdk.install(self.site_packages, ocr=ocr, ai=fake_sdk.source(**behaviour))

    def ask(
        self,
        *,
        python: str | None = None,
        working_dir: str | None = None,
        timeout: int = 60,
        environment: t.Mapping[str, str] | None = None,
        ocr_models: bool = False,
    ) -> EngineAnswer:
        return engine_ask.ask_engine(
            python=python or self.python,
            working_dir=working_dir,
            timeout=timeout,
            environment={"PATH": os.defpath, **(environment or {})},
            ocr_models=ocr_models,
        )

    def program(self, name: str, text: str) -> str:
        """An executable file with this text."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)
        return str(path)


@pytest.fixture
def application(tmp_path: Path) -> Application:
    return Application(tmp_path)


def message_of(answer: EngineAnswer) -> str:
    """The message of a failure, which has to fit on a screen."""
    assert answer.state == "failed"
    assert answer.message is not None
    assert answer.message.count("\n") <= 1
    assert len(answer.message) < 1000
    return answer.message


def is_gone(pid: int) -> bool:
    """Whether a process runs no more; a zombie that nobody has reaped yet does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def wait_until_gone(pid: int) -> None:
    """Wait for the end of a process that was killed; the test hangs, and fails by that, when it never ends."""
    while not is_gone(pid):
        time.sleep(0.01)


def test_an_answer_names_all_and_is_released(application: Application) -> None:
    first, second = str(application.model_dir / "old_a.bin"), str(application.model_dir / "sub" / "b.gguf")
    application.install(listed=repr([first, second]))
    assert application.ask() == EngineAnswer(
        state="released",
        message=None,
        package=fake_sdk.PACKAGE,
        version=fake_sdk.VERSION,
        python=application.python,
        model_dir=str(application.model_dir),
        listed=(os.fsencode(first), os.fsencode(second)),
    )


def test_the_environment_is_the_tasks_with_what_keeps_dotnet_alive(application: Application) -> None:
    names = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "COMPlus_EnableDiagnostics", "OF_THE_TASK"
    application.install(listed=f"[os.environ.get(name, 'none') for name in {names!r}]")
    assert application.ask().listed == (b"1", b"0", b"none")
    theirs = {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "0", "COMPlus_EnableDiagnostics": "1", "OF_THE_TASK": "x"}
    assert application.ask(environment=theirs).listed == (b"0", b"1", b"x")


def test_without_working_dir_it_runs_in_an_empty_folder_that_is_removed(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(application.model_dir))
    application.install(listed="[os.getcwd(), *os.listdir('.')] + [open('litter', 'w').name]")
    folder, litter = application.ask().listed or ()
    assert os.path.dirname(folder) == os.fsencode(application.model_dir)
    assert litter == b"litter"
    assert os.listdir(application.model_dir) == []


def test_it_runs_in_working_dir_and_a_relative_answer_is_below_that(application: Application) -> None:
    application.install(
        model_dir="Aspose.AI.LLM/models", listed="['Aspose.AI.LLM/models/' + os.path.basename(os.getcwd())]"
    )
    (application.folder / "work" / "Aspose.AI.LLM" / "models").mkdir(parents=True)
    answer = application.ask(working_dir=str(application.folder / "work"))
    models = application.folder / "work" / "Aspose.AI.LLM" / "models"
    assert (answer.model_dir, answer.listed) == (str(models), (os.fsencode(models / "work"),))


def test_the_ocr_models_are_asked_for_where_that_leaves_nothing_behind(
    application: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application.install(ocr=fake_sdk.resources())
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    answer = application.ask(working_dir=str(work), ocr_models=True)
    assert (answer.state, answer.model_dir) == ("released", str(application.model_dir))
    assert answer.ocr_dir == f"{work}/aspose_data"
    assert (os.listdir(work), os.listdir(temporary)) == ([], [])
    assert application.ask(working_dir=str(work)).ocr_dir is None


def test_an_sdk_without_ocr_models_has_failed_but_told_the_rest(application: Application) -> None:
    application.install()
    answer = application.ask(working_dir=str(application.folder), ocr_models=True)
    assert (answer.state, answer.model_dir, answer.ocr_dir) == ("failed", str(application.model_dir), None)
    assert "does not tell where its OCR models are: AttributeError" in str(answer.message)


def test_a_relative_answer_stays_relative_without_working_dir(application: Application) -> None:
    application.install(model_dir="Aspose.AI.LLM/models", listed="1/0")
    answer = application.ask()
    assert (answer.state, answer.model_dir, answer.listed) == ("released", "Aspose.AI.LLM/models", ())


def test_a_missing_model_directory_is_normal_and_not_listed(application: Application) -> None:
    application.install(model_dir="/nonexistent/models", listed="1/0")
    answer = application.ask()
    assert (answer.state, answer.message, answer.listed) == ("released", None, ())


def test_names_pass_unaltered(application: Application) -> None:
    directory = os.fsencode(application.folder) + b"/\xff \xc3\xbc"
    os.mkdir(directory)
    application.install(
        model_dir=os.fsdecode(directory), listed="['a\\nb', ' -x', 'ü', '\\udcff', 'outcome', 'a' * 4000, '']"
    )
    for variables in ({"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8"}, {"PYTHONUTF8": "0", "LC_ALL": "POSIX"}):
        answer = application.ask(environment=variables)
        assert answer.model_dir == os.fsdecode(directory)
        assert answer.listed == (b"a\nb", b" -x", b"\xc3\xbc", b"\xff", b"outcome", b"a" * 4000, b"")


def test_a_long_list_arrives(application: Application) -> None:
    application.install(listed="['/models/%06d.bin' % i for i in range(100000)]")
    assert len(application.ask().listed or ()) == 100000


def test_no_sdk(application: Application) -> None:
    answer = application.ask()
    assert (answer.state, answer.package, answer.version, answer.listed) == ("absent", None, None, None)
    assert f"{application.python} -m pip install {fake_sdk.PACKAGE}" in (answer.message or "")
    assert "sdk_python" in (answer.message or "")


def test_the_package_of_another_product_is_no_sdk(application: Application) -> None:
    (application.site_packages / "aspose" / "words").mkdir(parents=True)
    (application.site_packages / "aspose" / "__init__.py").touch()
    assert application.ask().state == "absent"


@pytest.mark.parametrize(
    "ocr, ai",
    [
        pytest.param("", None, id="no aspose.ocr.ai"),
        pytest.param("", "", id="no AsposeAI"),
        pytest.param("", "raise AttributeError(\"module 'aspose.ocr' has no attribute 'ai'\")", id="24.1.0"),
        pytest.param("", "raise ModuleNotFoundError(\"module 'aspose.ocr' has no submodule 'ai'\")", id="25.6.0"),
    ],
)
def test_an_sdk_without_the_engine_is_too_old(application: Application, ocr: str, ai: str | None) -> None:
    fake_sdk.install(application.site_packages, ocr=ocr, ai=ai, version="25.8.0")
    answer = application.ask()
    assert "upgrade to 25.9.0" in message_of(answer)
    assert (answer.package, answer.version) == (fake_sdk.PACKAGE, "25.8.0")


def test_a_package_of_another_name_is_named(application: Application) -> None:
    fake_sdk.install(application.site_packages, package="company-ocr", version="1.2")
    answer = application.ask()
    assert message_of(answer).startswith("company-ocr 1.2 ")


@pytest.mark.parametrize(
    "error, remedy",
    [
        ("ImportError('ocr.so: failed to map segment from shared object')", "noexec"),
        ("ImportError('ocr.so: wrong ELF class: ELFCLASS32')", "x86-64"),
        ("ImportError('libstdc++.so.6: cannot open shared object file')", "x86-64"),
        ("ImportError('libstdc++.so.6: version GLIBCXX_3.4.29 not found')", "26.6.0 or newer"),
        ("ModuleNotFoundError(\"No module named 'numpy'\", name='numpy')", "numpy"),
        ("ZeroDivisionError('a broken installation')", "anew"),
    ],
)
def test_an_sdk_that_cannot_be_imported(application: Application, error: str, remedy: str) -> None:
    for where in ("ocr", "ai"):
        fake_sdk.install(application.site_packages, **{"ai": "", where: f"raise {error}"}, version=f"26.{len(where)}")
        assert remedy in message_of(application.ask())
        (application.site_packages / "aspose").rename(application.folder / where)


def test_an_sdk_without_a_build_for_this_python(application: Application) -> None:
    fake_sdk.install(application.site_packages, builds=["35m", "36m", "36"])
    answer = application.ask()
    python = "{}.{}".format(*sys.version_info)
    assert f"not built for Python {python}, only for 3.5 to 3.6" in message_of(answer)
    assert answer.version == fake_sdk.VERSION


def test_an_sdk_without_a_build_for_this_machine(application: Application) -> None:
    fake_sdk.install(application.site_packages, builds=["{}{}".format(*sys.version_info)])
    # What the SDK's import hook does when no extension module has a suffix that this Python loads.
    for file in (application.site_packages / "aspose").glob("ocr.*"):
        file.rename(str(file).replace("x86_64", "sparc64"))
    assert "x86-64 Linux with glibc" in message_of(application.ask())


@pytest.mark.parametrize(
    "words, remedy",
    [
        (NO_ICU, "Remove DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=0"),
        (NO_TEMP, "Make /no/temp writable"),
        (NO_TEMP_25, "Make /no/temp writable"),
        (NO_MEMORY, "address space"),
        (NO_PROC, "/proc"),
        ("Fatal error. Internal CLR error. (0x80131506)", "AsposeAI()"),
    ],
)
def test_a_runtime_that_aborts_says_what_to_do(application: Application, words: str, remedy: str) -> None:
    application.install(start=f"os.write(2, {words.encode()!r}); os.kill(os.getpid(), signal.SIGABRT)")
    theirs = {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "0", "TMPDIR": "/no/temp"}
    answer = application.ask(environment=theirs)
    message = message_of(answer)
    assert "SIGABRT" in message
    assert remedy in message
    assert ". It said: " in message
    assert "System.Environment" not in message, "a stack frame of .NET tells nobody what to do"
    assert answer.version == fake_sdk.VERSION, "what was found before the crash is reported"


def test_a_signal_that_a_shell_reports_is_named(application: Application) -> None:
    application.install(start="os.kill(os.getpid(), signal.SIGSEGV)")
    wrapper = application.program("python-of-the-application", f'#!/bin/sh\n"{application.python}" "$@"\n')
    assert "SIGSEGV" in message_of(application.ask(python=wrapper))


def test_killed_for_lack_of_memory(application: Application) -> None:
    application.install(listed="[os.kill(os.getpid(), signal.SIGKILL)]")
    answer = application.ask()
    assert "SIGKILL" in message_of(answer)
    assert "memory" in message_of(answer)
    assert (answer.model_dir, answer.listed) == (str(application.model_dir), None)


def test_too_few_open_files(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    application.install(start="raise RuntimeError('Proxy error(FileNotFoundException): Could not load file')")
    monkeypatch.setattr("resource.getrlimit", lambda _which: (32, 4096))
    message = message_of(application.ask())
    assert "Could not load file" in message
    assert "32 files" in message


@pytest.mark.parametrize(
    "behaviour, expected",
    [
        ({"start": "os._exit(3)"}, "exit status 3 before it answered"),
        ({"start": "sys.exit('leaving')"}, "exit status 1 before it answered"),
        ({"release": "import atexit; atexit.register(os._exit, 4)"}, "exit status 4 after it had answered"),
        ({"release": "import atexit; atexit.register(os.abort)"}, "SIGABRT after it had answered"),
        ({"start": "os._exit(0)"}, "exit status 0 before it answered"),
    ],
)
def test_an_exit_that_is_no_answer(application: Application, behaviour: dict[str, str], expected: str) -> None:
    application.install(**behaviour)
    assert expected in message_of(application.ask())


def test_an_sdk_that_does_not_start(application: Application) -> None:
    application.install(start="raise RuntimeError('Proxy error(TypeLoadException): no\\nsuch type')")
    message = message_of(application.ask())
    assert "does not start" in message
    assert "no such type" in message


def test_a_hang_is_ended_with_all_its_processes(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_child, "GRACE", 0.3)
    pids = application.folder / "pids"
    application.install(
        start=f"""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)'])
        open({str(pids)!r}, 'w').write('%d %d' % (os.getpid(), child.pid))
        time.sleep(3600)
        """.strip().replace("\n        ", "\n        ")
    )
    answer = application.ask(timeout=2)
    assert "did not answer within 2 s" in message_of(answer)
    assert "engine_timeout" in message_of(answer)
    child, grandchild = (int(pid) for pid in pids.read_text().split())
    assert is_gone(child)
    wait_until_gone(grandchild)


def test_a_hang_after_the_answer_is_no_release(application: Application) -> None:
    application.install(release="import threading; threading.Thread(target=time.sleep, args=(3600,)).start()")
    assert "answered, but did not end" in message_of(application.ask(timeout=1))


def test_a_hang_with_its_pipes_closed(application: Application) -> None:
    application.install(start="os.closerange(0, 256); time.sleep(3600)")
    assert "did not answer" in message_of(application.ask(timeout=1))


def test_a_process_that_even_kill_does_not_end_is_left(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    application.install(start="time.sleep(3600)")
    killed = []
    monkeypatch.setattr(engine_child, "GRACE", 0.1)
    with monkeypatch.context() as patch:
        patch.setattr("os.killpg", lambda pid, _number: killed.append(pid))
        assert "did not answer" in message_of(application.ask(timeout=1))
    assert len(killed) == 2
    os.killpg(killed[0], signal.SIGKILL)
    os.waitpid(killed[0], 0)


def test_a_process_left_behind_is_ended_and_does_not_delay(application: Application) -> None:
    application.install(
        listed="[str(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)']).pid)]",
    )
    answer = application.ask(timeout=3000)
    assert answer.state == "released"
    assert answer.listed is not None
    wait_until_gone(int(answer.listed[0]))


def test_garbage_does_not_disturb_the_answer(application: Application) -> None:
    noise = r"b'\0outcome\0list\0\xff\n{\"outcome\": 1}\n'"
    application.install(
        start=f"os.write(1, {noise}); os.write(2, {noise}); print('started')",
        release=f"import atexit; atexit.register(os.write, 1, {noise})",
    )
    (application.site_packages / "noise.pth").write_text(f"import os; os.write(1, {noise})\n")
    answer = application.ask()
    assert (answer.state, answer.listed) == ("released", ())


def test_endless_output_takes_no_memory(application: Application) -> None:
    application.install(start="exec('while True: os.write(1, bytes(65536))')")
    ended = engine_child.run_probe(python=application.python, folder="/", variables={}, timeout=1)
    assert ended.timed_out
    assert len(ended.output) <= engine_child.OUTPUT_LIMIT


def test_endless_listing_takes_bounded_memory(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_child, "ANSWER_LIMIT", 1000000)
    application.install(listed="['x' * 4000] * 10000")
    answer = application.ask(timeout=3000)
    assert "listed more than" in message_of(answer)
    assert sum(map(len, answer.listed or ())) < 1200000


def test_an_answer_that_was_cut_off_is_read_to_the_last_whole_word() -> None:
    said = engine_child._parse(b"python\0003.11\0listing\0\0listed\0/models/a\0listed\0/mod")
    assert (said.python_version, said.listed, said.outcome) == ("3.11", (b"/models/a",), None)


@pytest.mark.parametrize("how", ["open", "mapped", "deleted"])
def test_what_the_sdk_still_holds_is_no_release(application: Application, how: str) -> None:
    model = application.model_dir / "a\nb.bin"
    model.write_bytes(b"model")
    keep = f"self.file = open({str(model)!r}, 'rb')"
    if how == "mapped":
        keep += "; self.map = mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ); self.file.close()"
    if how == "deleted":
        keep += "; os.unlink(self.file.name)"
    application.install(release=keep, listed=repr([str(model)]))
    answer = application.ask()
    message = message_of(answer)
    assert "1 file(s) open or mapped" in message
    assert str(application.model_dir) in message
    assert answer.listed == (os.fsencode(model),)


def test_a_release_that_fails_is_no_release(application: Application) -> None:
    application.install(release="raise RuntimeError('Proxy error(ObjectDisposedException)')")
    assert "ObjectDisposed" in message_of(application.ask())


@pytest.mark.parametrize(
    "error, remedy",
    [
        ("RuntimeError('Proxy error(UnauthorizedAccessException): Access to the path is denied')", "read all folders"),
        ("RuntimeError('Proxy error(DirectoryNotFoundException): Could not find a part of it')", "not UTF-8"),
        ("RuntimeError('Proxy error(IOException): Not a directory')", "in the place of the folder"),
        ("ValueError('something new')", "AsposeAI()"),
    ],
)
def test_a_list_that_fails_leaves_the_path(application: Application, error: str, remedy: str) -> None:
    application.install(listed=f"(_ for _ in ()).throw({error})")
    answer = application.ask()
    assert remedy in message_of(answer)
    assert (answer.model_dir, answer.listed) == (str(application.model_dir), None)


@pytest.mark.parametrize(
    "python, reason",
    [
        ("venv/bin/python", "not an absolute path"),
        ("/usr/bin", "is a folder"),
        ("", "not an absolute path"),
    ],
)
def test_sdk_python_that_cannot_be_one(python: str, reason: str) -> None:
    with pytest.raises(OcrModelError, match=f"^sdk_python: .*{reason}.*give the absolute path"):
        engine_ask.ask_engine(python=python, working_dir=None, timeout=60, environment={})


@pytest.mark.parametrize(
    "python, reason", [("/nonexistent/bin/python", "No such file"), ("/etc/passwd/python", "Not a directory")]
)
def test_sdk_python_that_is_not_there_is_an_absent_engine(python: str, reason: str) -> None:
    answer = engine_ask.ask_engine(python=python, working_dir=None, timeout=60, environment={})
    assert (answer.state, answer.python) == ("absent", python)
    assert (answer.message or "").startswith(f"sdk_python: {python}: {reason}")


@pytest.mark.parametrize(
    "working_dir, reason", [("work", "not an absolute"), ("/nonexistent", "not an existing folder")]
)
def test_working_dir_that_cannot_be_one(working_dir: str, reason: str) -> None:
    with pytest.raises(OcrModelError, match=f"^working_dir: .*{reason}.*give the absolute path"):
        engine_ask.ask_engine(python=sys.executable, working_dir=working_dir, timeout=60, environment={})


@pytest.mark.parametrize("timeout", [0, -1])
def test_engine_timeout_that_cannot_be_one(timeout: int) -> None:
    with pytest.raises(OcrModelError, match=r"^engine_timeout: .*at least 1 second"):
        engine_ask.ask_engine(python=sys.executable, working_dir=None, timeout=timeout, environment={})


def test_sdk_python_that_does_not_start(application: Application) -> None:
    program = application.program("python", "no program of any machine")
    assert os.strerror(errno.ENOEXEC) in message_of(application.ask(python=program))
    os.chmod(program, stat.S_IRUSR)
    assert os.strerror(errno.EACCES) in message_of(application.ask(python=program))


@pytest.mark.parametrize("text", ["exit 127", "exec cat", "echo 'python: command not found' >&2; exec sleep 0"])
def test_sdk_python_that_is_no_python(application: Application, text: str) -> None:
    program = application.program("python", f"#!/bin/sh\n{text}\n")
    message = message_of(application.ask(python=program))
    assert "did not run Python" in message
    assert "sdk_python" in message


def test_sdk_python_that_does_not_read_the_program(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspect.getsource", lambda _module: "#" * 1000000)
    program = application.program("python", "#!/bin/sh\nexec sleep 0.2 <&-\n")
    assert "did not run Python" in message_of(application.ask(python=program))


def test_no_temporary_folder(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nonexistent")
    assert "make the temporary directory writable" in message_of(application.ask())


def test_a_working_dir_that_cannot_be_entered(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_ask, "_check_arguments", lambda **_arguments: None)
    answer = application.ask(working_dir="/nonexistent")
    assert "working_dir /nonexistent: No such file" in message_of(answer)
