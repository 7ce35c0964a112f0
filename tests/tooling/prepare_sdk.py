# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepare what the tests need of the real SDK: releases of it in environments of their own, and a loaded engine.

    python tests/tooling/prepare_sdk.py --into DIR [--vars FILE] [--only NAME... | --without NAME...]

What is there already is kept, so the second run takes seconds; a run that meets another one waits for it. The variables
for the integration tests are written to DIR/integration_config.yml, and to FILE. What this machine cannot have is left
out by name, in the variables, too; when --only asks for it, the exit status is 3.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import debian
import interpreters

SCRIPTS = Path(__file__).resolve().parents[1] / "sdk"
PACKAGE = "aspose-ocr-python-net"
# The llama.cpp that the SDK fetches for itself where it may; this is its build for any x86-64 machine.
RUNTIME = "@node-llama-cpp/linux-x64@3.13.0"


# The exit status when this machine cannot have what it was asked for.
NOT_HERE = 3


class CannotPrepare(Exception):
    """What went wrong."""


class NotHere(CannotPrepare):
    """Something that this machine lacks, with the cure."""


class TestBed:
    """The folder that all of this is in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def python_of(self, name: str) -> Path:
        """The Python of the environment of this name."""
        return self.folder / name / "bin" / "python"

    def environment(self, name: str, pythons: Sequence[str], *requirements: str) -> None:
        """A virtual environment with these packages, on the first of these Pythons that is found here."""
        python = self.python_of(name)
        if not python.exists():
            found = interpreters.found(pythons)
            if not found:
                raise NotHere(f"it needs Python {' or '.join(pythons)}: install one of them")
            shutil.rmtree(self.folder / name, ignore_errors=True)
            # Debian has venv without pip in its smallest Python, so this one's pip does the work.
            run(interpreters.path_of(found[0]), "-m", "venv", "--without-pip", str(self.folder / name))
        if requirements:
            say(f"{name}: {' '.join(requirements)}")
            pip = (sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--quiet")
            run(*pip, "install", "--upgrade", "--upgrade-strategy", "only-if-needed", *requirements)

    def installed_version(self, name: str) -> str:
        """The release of the SDK in an environment."""
        metadata = next((self.folder / name).glob("lib/python*/site-packages/aspose_ocr_python_net-*.dist-info"))
        return metadata.name.removesuffix(".dist-info").rpartition("-")[2]

    def without_sdk(self) -> None:
        """An environment without the SDK."""
        self.environment("without_sdk", ("3.14", *interpreters.SDK_PYTHONS))

    def too_old(self) -> None:
        """The last release that has no AsposeAI."""
        self._release_in_environment("too_old")

    def oldest(self) -> None:
        """The first release that has AsposeAI."""
        self._release_in_environment("oldest")

    def middle(self) -> None:
        """The last release but one whose list_local() names every file."""
        self._release_in_environment("middle")

    def newest(self) -> None:
        """The newest release, whichever that is today."""
        self._release_in_environment("newest")

    def _release_in_environment(self, name: str) -> None:
        self.environment(name, interpreters.RELEASE_PYTHONS[name], requirement(name))

    def packages(self) -> None:
        """Every release as a folder packages/NAME, for hosts that have a Python of their own.

        A release has the files for all its Pythons. So the folder is a link into the environment, where a Python of
        this machine runs the release; elsewhere it is unpacked.
        """
        for name in interpreters.SDK_RELEASES:
            folder = self.folder / "packages" / name
            if any(folder.glob("aspose_ocr_python_net-*.dist-info")):
                continue
            folder.parent.mkdir(exist_ok=True)
            folder.unlink(missing_ok=True)  # a link into an environment that is gone
            try:
                self._release_in_environment(name)
                installed = next((self.folder / name).glob("lib/python*/site-packages"))
                folder.symlink_to(f"../{installed.relative_to(self.folder)}")
            except NotHere:
                self._unpack(name, folder)

    def _unpack(self, name: str, folder: Path) -> None:
        say(f"packages: {requirement(name)}")
        draft = folder.with_name(f"{name}.part")
        shutil.rmtree(draft, ignore_errors=True)
        place = ("--platform", "manylinux1_x86_64", "--python-version", interpreters.OLD_SDK_PYTHONS[0])
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps")
        run(*pip, "--only-binary", ":all:", *place, "--target", str(draft), requirement(name))
        draft.rename(folder)

    def ocr_service(self) -> None:
        """A home directory in which ocr_service.py finds an engine's runtime and a model to load into it."""
        self.newest()
        home = self.folder / "ocr_service"
        data = home / ".local" / "share" / "Aspose.AI.LLM"
        if not (home / "lib" / "libdl.so").is_symlink():
            self._install_runtime(data / "runtimes" / "b6451" / "linux-x64-noavx" / "native", home / "lib")
        # The only name that a release without a licence lists, and the one that its spell checker loads.
        model = data / "models" / "lmstudio-community_Llama-3.2-3B-Instruct-GGUF" / "Llama-3.2-3B-Instruct-Q4_K_M.gguf"
        if not model.exists():
            self.environment("gguf", interpreters.SDK_PYTHONS, "gguf", "numpy")
            say(f"ocr_service: writing {model.name}")
            model.parent.mkdir(parents=True, exist_ok=True)
            run(str(self.python_of("gguf")), str(SCRIPTS / "write_model.py"), f"{model}.part")
            Path(f"{model}.part").rename(model)

    def _install_runtime(self, native: Path, lib: Path) -> None:
        say(f"ocr_service: {RUNTIME}")
        try:
            debian.ensure({"npm": "npm"})
        except debian.CannotInstall as error:
            raise NotHere(f"it needs npm: {error}") from error
        downloads = self.folder / "downloads"
        shutil.rmtree(downloads, ignore_errors=True)
        downloads.mkdir()
        run("npm", "pack", "--silent", "--pack-destination", str(downloads), RUNTIME)
        shutil.unpack_archive(next(downloads.glob("*.tgz")), downloads)
        libraries = downloads / "package" / "bins" / "linux-x64"
        native.mkdir(parents=True, exist_ok=True)
        for source, targets in {
            "libllama.b6431.so": ("libllama.b6431.so", "libllama.so"),
            "libggml.b6431.so": ("libggml.b6431.so", "libggml.so"),
            "libggml-base.so": ("libggml-base.so",),
            "libggml-cpu-x64.so": ("libggml-cpu.so",),
        }.items():
            for target in targets:
                shutil.copyfile(libraries / source, native / target)
        lib.mkdir(exist_ok=True)
        # .NET asks for the name that only development packages have.
        (lib / "libdl.so").symlink_to("/lib/x86_64-linux-gnu/libdl.so.2")

    def variables(self, left_out: Mapping[str, str]) -> dict[str, object]:
        """What the integration tests have to know of all that is prepared, and of what is not, with the reasons."""
        releases = {name: self._release(name) for name in ("oldest", "middle", "newest") if self.is_prepared(name)}
        found: dict[str, object] = {
            "sdk_releases": releases,
            "sdk_left_out": left_out,
            "managed_pythons": {
                version: interpreters.path_of(version)
                for version in (f"3.{minor}" for minor in range(7, 15))
                if interpreters.available(version)
            },
        }
        if self.is_prepared("without_sdk"):
            found["python_without_sdk"] = str(self.python_of("without_sdk"))
        if self.is_prepared("too_old"):
            found["sdk_too_old"] = self._release("too_old")
        if (self.folder / "ocr_service" / "lib").exists():
            found["ocr_service"] = {
                "python": str(self.python_of("newest")),
                "script": str(SCRIPTS / "ocr_service.py"),
                "home": str(self.folder / "ocr_service"),
            }
        return found

    def is_prepared(self, name: str) -> bool:
        """Whether the environment of this name is there."""
        return self.python_of(name).exists()

    def _release(self, name: str) -> dict[str, str]:
        return {"python": str(self.python_of(name)), "version": self.installed_version(name)}


def requirement(name: str) -> str:
    """What pip is asked for to have the release of this name."""
    version = interpreters.SDK_RELEASES[name]
    return f"{PACKAGE}=={version}" if version else PACKAGE


def say(text: str) -> None:
    """Show progress."""
    print(f"[sdk] {text}", flush=True)


def run(*command: str) -> None:
    """Run a command; its output is shown when it fails."""
    completed = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if completed.returncode != 0:
        raise CannotPrepare(f"{' '.join(command)} failed:\n{completed.stdout}")


def main() -> None:
    """Prepare what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    usual = ("without_sdk", "too_old", "oldest", "middle", "newest", "ocr_service")
    names = (*usual, "packages")
    parser.add_argument("--into", required=True, type=Path, metavar="DIR", help="the folder for it")
    parser.add_argument("--vars", type=Path, metavar="FILE", help="write the variables to this file, too")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=names,
        help="prepare these (default: of those that integration tests need, what can be)",
    )
    parser.add_argument("--without", nargs="+", choices=usual, default=(), help="prepare the default without these")
    arguments = parser.parse_args()

    bed = TestBed(arguments.into.resolve())
    alone = (bed.folder / "lock").open("w")
    fcntl.flock(alone, fcntl.LOCK_EX)
    left_out: dict[str, str] = {}
    for name in arguments.only or [name for name in usual if name not in arguments.without]:
        prepare: Callable[[], None] = getattr(bed, name)
        try:
            prepare()
        except NotHere as error:
            # The hosts of tests/hosts have the Pythons for each release.
            elsewhere = name in interpreters.SDK_RELEASES
            say(f"{'tested on hosts only' if elsewhere else 'LEFT OUT'}: {name}: {error}")
            left_out[name] = str(error)
        except CannotPrepare as error:
            sys.exit(f"[sdk] cannot prepare {name}: {error}")
    # JSON is YAML.
    variables = json.dumps(bed.variables(left_out), indent=2) + "\n"
    for file in (bed.folder / "integration_config.yml", arguments.vars):
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(variables)
    say(f"ready in {bed.folder}")
    if left_out and arguments.only:
        sys.exit(NOT_HERE)


if __name__ == "__main__":
    main()
