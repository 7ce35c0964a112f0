# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Asks the Aspose OCR SDK for its models, in the OCR application's own Python.

The source of this file is piped into ``python -I -``, so it imports the standard library and the SDK only, and its
syntax is that of Python 3.6, the oldest one the SDK is met with (hence quoted annotations and no future import).

The answer goes to a pipe of its own, because start-up files, the SDK, and the .NET in it may all print. It is a
sequence of NUL-ended byte strings, key and value in turn, so that file names pass unaltered. It is sent piece by piece:
when the SDK aborts the process, what was found until then has arrived. Keys: ``python``, ``build`` (a Python that
the SDK has a build for), ``package``, ``version``, ``model_dir``, ``listing`` (the SDK listed), ``listed`` (a path),
``held`` (a file still in use), ``ocr_dir`` (where the SDK keeps its OCR models, relative to where the application
runs), ``detail`` (of an error), and last ``outcome``.
"""

import importlib
import os
import sys


def send(answer_fd: int, *pairs: "tuple[str, str | bytes]") -> None:
    """Write key and value pairs to the answer's pipe."""
    data = memoryview(b"".join(as_bytes(part) + b"\0" for pair in pairs for part in pair))
    while data:
        data = data[os.write(answer_fd, data) :]


def as_bytes(text: "str | bytes") -> bytes:
    """Encode as .NET does on Linux, which is UTF-8 in every locale. A NUL cannot be part of a path."""
    if isinstance(text, bytes):
        return text
    return text.encode("utf-8", "surrogateescape").replace(b"\0", b"")


def describe(error: BaseException) -> str:
    """The type and text of an exception, without what the file system encoding could not decode."""
    return f"{type(error).__name__}: {error}".encode("utf-8", "backslashreplace").decode("utf-8")


def add_user_site() -> None:
    """Make packages of ``pip install --user`` importable, which ``-I`` leaves out.

    Service users often have the SDK there. A folder in which somebody else could put a module is not taken, since this
    may be root with another user's HOME. As without ``-I``, a virtual environment does not see the folder.
    """
    if sys.prefix != sys.base_prefix:
        return
    import site

    folder = os.path.realpath(site.getusersitepackages())
    if not os.path.isdir(folder):
        return
    part = folder
    while True:
        if os.stat(part).st_uid not in (0, os.geteuid()):
            return
        if part == os.path.dirname(part):
            break
        part = os.path.dirname(part)
    shared = site.getsitepackages()
    sys.path.insert(min([i for i, entry in enumerate(sys.path) if entry in shared] or [len(sys.path)]), folder)


def find_distribution() -> "list[tuple[str, str]]":
    """Name and version of the installed package that carries ``aspose.ocr``, and the Pythons it is built for.

    Read from the files, since this must also work where the package cannot be imported; and without importlib.metadata,
    whose import takes a sixth of the time of everything else here.
    """
    for folder in sys.path:
        try:
            neighbours = os.listdir(folder)
            parts = os.listdir(os.path.join(folder, "aspose"))
        except OSError:
            continue
        if not any(part.split(".")[0] == "ocr" for part in parts):
            continue
        # aspose/ocr.cpython-311-x86_64-linux-gnu.so
        tags = [part.split("-")[1] for part in parts if part.startswith("ocr.cpython-")]
        found = [("build", tag.rstrip("m")) for tag in sorted(tags)]
        for name in sorted(neighbours, key=lambda name: (not name.startswith("aspose"), name)):
            if name.endswith(".dist-info") and b"aspose/ocr" in read_bytes(os.path.join(folder, name, "RECORD")):
                for line in read_bytes(os.path.join(folder, name, "METADATA")).decode("utf-8", "replace").split("\n"):
                    key, _colon, value = line.partition(":")
                    if key in ("Name", "Version"):
                        found.append(("package" if key == "Name" else "version", value.strip()))
                    if not line:
                        break
                break
        return found
    return []


def read_bytes(path: str) -> bytes:
    """The content of a file, nothing if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def held_below(directory: bytes) -> "set[bytes]":
    """What this process has open or mapped at or below a directory, by name."""
    root = os.path.realpath(directory)
    names = set()
    for fd in os.listdir("/proc/self/fd"):
        try:
            names.add(os.readlink(os.fsencode("/proc/self/fd/" + fd)))
        except OSError:
            continue  # the descriptor that listed the folder is closed by now
    with open("/proc/self/maps", "rb") as maps:
        # address, permissions, offset, device, inode, name; the kernel escapes a newline in the name
        fields = [line.rstrip(b"\n").split(None, 5) for line in maps]
    names.update(field[5].replace(b"\\012", b"\n") for field in fields if len(field) == 6)
    return {name for name in names if name == root or name.startswith(root.rstrip(b"/") + b"/")}


def ocr_dir_from(private: bytes) -> bytes:
    """Where the SDK keeps its OCR models, for an application that runs in an empty private folder: relative to that.

    The question makes the folder that it is about, so no other place will do.
    """
    os.chdir(private)
    here = os.getcwdb()
    path = os.path.join(here, as_bytes(importlib.import_module("aspose.ocr").Resources.get_local_path()))
    return os.path.relpath(path, here) if path.startswith(here + b"/") else path


def probe(answer_fd: int, private: "bytes | None" = None) -> "tuple[str, str]":
    """Import the SDK, ask it, release it, verify the release: the outcome in a word, and what an error said.

    In the folder ``private``, if there is one, it is also asked for its OCR models; this process stays there.
    """
    send(answer_fd, ("python", "{}.{}".format(*sys.version_info)))
    add_user_site()
    distribution = find_distribution()
    send(answer_fd, *distribution)

    try:
        importlib.import_module("aspose.ocr")
    except ModuleNotFoundError as error:
        if error.name not in ("aspose", "aspose.ocr"):
            return "import", describe(error)
        return ("no-build" if distribution else "absent"), describe(error)
    except Exception as error:
        return "import", describe(error)
    try:
        create_engine = importlib.import_module("aspose.ocr.ai").AsposeAI
    except AttributeError as error:
        return "too-old", describe(error)
    except ModuleNotFoundError as error:
        # the SDK's own import hook does not name the module
        return ("too-old" if error.name in (None, "aspose.ocr.ai") else "import"), describe(error)
    except Exception as error:
        return "import", describe(error)

    try:
        engine = create_engine()
        model_dir = as_bytes(engine.get_local_path())
    except Exception as error:
        return "start", describe(error)
    send(answer_fd, ("model_dir", model_dir))

    outcome, detail = "released", ""
    try:
        os.stat(model_dir)
        send(answer_fd, ("listing", ""), *[("listed", path) for path in engine.list_local()])
    except FileNotFoundError:
        send(answer_fd, ("listing", ""))  # a host that has no models yet; list_local() would raise an error
    except Exception as error:
        outcome, detail = "list", describe(error)
    try:
        engine.free_resources()
        held = held_below(model_dir)
    except Exception as error:
        return "release", describe(error)
    send(answer_fd, *[("held", name) for name in sorted(held)])
    if held:
        return "held", detail
    if private is not None:
        try:
            send(answer_fd, ("ocr_dir", ocr_dir_from(private)))
        except Exception as error:
            return "resources", describe(error)
    return outcome, detail


def main(answer_fd: int, private: "bytes | None" = None) -> None:
    """Answer on the descriptor, which processes that the SDK may start do not inherit."""
    os.set_inheritable(answer_fd, False)
    outcome, detail = probe(answer_fd, private)
    send(answer_fd, ("detail", detail), ("outcome", outcome))
