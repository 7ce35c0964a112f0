# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up facts of fleets, in the form that ocr_model_facts documents. The same arguments give the same facts."""

from __future__ import annotations

import hashlib
import random
import typing as t

Facts = dict[str, t.Any]

MIB = 1024 * 1024
MODEL_DIR = "/srv/ocr/models"

_CATALOGUE = {
    "lmstudio-community_Llama-3.2-3B-Instruct-GGUF/Llama-3.2-3B-Instruct-Q4_K_M.gguf": 1926,
    "bartowski_Qwen2.5-7B-Instruct-GGUF/Qwen2.5-7B-Instruct-Q4_K_M.gguf": 4466,
    "bartowski_gemma-2-2b-it-GGUF/gemma-2-2b-it-Q4_K_M.gguf": 1629,
    "recognition/arabic-v4.onnx": 212,
    "recognition/cyrillic-v6.onnx": 188,
    "recognition/latin-v9.onnx": 174,
    "recognition/latin-v9.vocabulary.json": 2,
    "layout/tables-v3.onnx": 96,
    "spelling/en.bin": 41,
    "spelling/fr.bin": 39,
}
_STALE = {
    "old_Phi-3-mini-4k-instruct-q4.gguf": 2282,
    "old_recognition/latin-v8.onnx": 171,
    "spelling/old_fr.bin": 37,
    "old_Llama-3.1-8B-Instruct-Q4_K_M.gguf": 4692,
}

HOSTILE_NAMES = (
    "<script>alert(1)</script>",
    "</script><script>document.title='owned'</script>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    "\"' onmouseover=alert(1) x='",
    '=HYPERLINK("http://192.0.2.1/","click")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "{{ 7 * 7 }}{% raw %}",
    "{{ lookup('ansible.builtin.pipe', 'touch owned') }}",
    "a|b\\|c`d`[e](javascript:alert(1))\n| new | row |",
    "line\u2028separator\u2029and\rreturn",
    "\u202egpj.exe",
    "\x1b[31mred\x1b[0m",
    "日本語/モデル🤖.gguf",
    "long-" + "x" * 240,
)
"""File names that mean something to HTML, spreadsheets, templates, Markdown, terminals, or nobody."""


def model(name: str, size: int, **others: t.Any) -> Facts:
    """Return the facts of a model; its status follows from its name. The size is in bytes."""
    stale = any(part.startswith("old_") for part in name.split("/"))
    incomplete = not stale and name.endswith(".part")
    facts = {
        "name": name,
        "directory": MODEL_DIR,
        "path": f"{MODEL_DIR}/{name}",
        "bytes": size,
        "allocated_bytes": -(-size // 4096) * 4096,
        "modified": "2026-09-14T06:30:00Z",
        "status": "stale" if stale else "incomplete" if incomplete else "current",
        "stale_prefix": "old_" if stale else None,
        "link_target": None,
        "checksum": None,
        "in_use": False,
        "holders": [],
        "engine_listed": None,
    }
    return {**facts, **others}


def host(models: list[Facts], path: str = MODEL_DIR, **others: t.Any) -> Facts:
    """Return the facts of a host with these models; its sums follow from them."""
    holders = others.get("holders", [])

    def total(column: str, status: str | None = None) -> int:
        return sum(found[column] for found in models if status in (None, found["status"]))

    sums = {
        "count": len(models),
        "bytes": total("bytes"),
        "allocated_bytes": total("allocated_bytes"),
        "stale_count": sum(1 for found in models if found["status"] == "stale"),
        "stale_bytes": total("bytes", "stale"),
        "incomplete_count": sum(1 for found in models if found["status"] == "incomplete"),
        "incomplete_bytes": total("bytes", "incomplete"),
        "in_use_count": sum(1 for found in models if found["in_use"]),
        "pending_bytes": sum(pending["bytes"] for holder in holders for pending in holder["pending"]),
    }
    disk = {"total_bytes": 98_294 * MIB, "available_bytes": 61_337 * MIB}
    facts = {
        "gathered_at": "2026-11-20T12:00:00Z",
        "directories": [{"path": path, "store": None, "exists": True, "disk": disk, **sums}],
        **sums,
        "models": sorted(({**found, "directory": path} for found in models), key=lambda found: str(found["name"])),
        "holders": [],
        "engine": engine("26.10.0"),
    }
    return {**facts, **others}


def engine(version: str | None, state: str = "released", message: str | None = None) -> Facts:
    """Return the facts of an engine."""
    return {
        "state": state,
        "package": "aspose-ocr-python-net" if version else None,
        "version": version,
        "python": "/opt/ocr/venv/bin/python",
        "model_dir": MODEL_DIR if version else None,
        "listed": 1 if version else None,
        "message": message,
    }


def holder(pid: int, models: list[str], pending: list[Facts] | None = None) -> Facts:
    """Return the facts of a process of the OCR service."""
    return {
        "directory": MODEL_DIR,
        "pid": pid,
        "command": "ocr-worker --queue invoices",
        "user": "ocr",
        "unit": "ocr.service",
        "models": models,
        "pending": pending or [],
    }


def everyday_fleet() -> tuple[dict[str, Facts | None], dict[str, str]]:
    """Return the facts of a fleet of 24 hosts with some of everything, and the reasons of the hosts without facts."""
    chance = random.Random(5)
    facts: dict[str, Facts | None] = {}
    for index, site in enumerate(site for site in ("ams", "ber", "par") for _number in range(8)):
        name = f"ocr-{site}-{index % 8 + 1:02}"
        current = [model(found, size * MIB + 4711, checksum=_checksum(found)) for found, size in _CATALOGUE.items()]
        current[0]["in_use"] = True
        others: Facts = {"holders": [holder(1200 + index, [current[0]["name"]])]}
        others["gathered_at"] = f"2026-11-20T12:{index // 4:02}:{index * 7 % 60:02}Z"
        if index % 4 == 1:
            names = list(_STALE)[: chance.randint(1, 4)]
            current += [model(found, _STALE[found] * MIB) for found in names]
        if index in (6, 17):
            current.append(model("bartowski_Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf.part", 1873 * MIB))
        if index == 10:
            gone = {"name": "old_Llama-3.1-8B-Instruct-Q4_K_M.gguf", "bytes": 4692 * MIB}
            others["holders"] = [holder(1210, [current[0]["name"]], [gone])]
        if index == 12:
            current[5] = model("recognition/latin-v9.onnx", 171 * MIB, checksum=_checksum("cut off"))
        if index == 19:
            del current[3]
        if index == 20:
            others["engine"] = engine("26.10.0", "failed", "The SDK found no ICU and aborted: install libicu.")
        if index % 8 == 3:
            others["engine"] = engine("26.9.1")
        if index == 22:
            others["engine"] = engine(None, "absent", "No SDK in this Python.")
        facts[name] = host(current, **others)
    reasons = {
        "ocr-ams-05": "unreachable: Failed to connect to the host via ssh: Connection timed out",
        "ocr-par-08": "failed: /srv/ocr/models: Permission denied. Run the module as the user of the OCR service.",
    }
    for name in reasons:
        facts[name] = None
    return facts, reasons


def everyday_failures() -> dict[str, str]:
    """Return what failed on hosts of the everyday fleet that reported all the same."""
    return {
        "ocr-ber-06": "prune of 2026-11-20T12:00:00Z failed: old_Phi-3-mini-4k-instruct-q4.gguf: Read-only file system",
    }


def everyday_groups() -> dict[str, list[str]]:
    """Return the sites of the everyday fleet, each with its hosts."""
    return {site: [f"ocr-{site}-{number:02}" for number in range(1, 9)] for site in ("ams", "ber", "par")}


def everyday_runs() -> dict[str, Facts]:
    """Return what the last run did on hosts of the everyday fleet: prunes, a failed one, a dry one, and a report."""
    run: Facts = {
        "time": "2026-11-20T12:00:00Z",
        "kind": "prune",
        "outcome": "succeeded",
        "failure": None,
        "pruned": 0,
        "freed": 0,
        "kept": 0,
        "kept_reasons": {},
        "services": [],
        "down": 0,
    }
    service = {"name": "ocr.service", "down_seconds": 0.31}
    return {
        "ocr-ams-01": {**run, "pruned": 3, "freed": 4_911 * MIB, "services": [service], "down": 0.31},
        "ocr-ber-03": {**run, "pruned": 1, "freed": 0, "kept": 2, "kept_reasons": {"in use": 1, "too young": 1}},
        "ocr-ber-06": {**run, "outcome": "failed", "failure": "Read-only file system", "kept": 4},
        "ocr-par-02": {**run, "kind": "dry run", "pruned": 2, "freed": 2_453 * MIB},
        "ocr-par-03": {**run, "kind": "report"},
    }


def hostile_fleet() -> tuple[dict[str, Facts | None], dict[str, str]]:
    """Return facts of which every text that a host can choose is hostile, and reasons that are."""
    models = [model(name, 1000 + index, checksum="<b>sum</b>") for index, name in enumerate(HOSTILE_NAMES)]
    directory = "/srv/<i>ocr</i>"
    process = {
        "directory": directory,
        "pid": 666,
        "command": "<script>alert('command')</script>",
        "user": "<u>user</u>",
        "unit": "</script><b>unit</b>",
        "models": list(HOSTILE_NAMES[:4]),
        "pending": [{"name": "<!--pending", "bytes": 5}],
    }
    message = "<iframe src='http://192.0.2.1/'></iframe>"
    evil = host(models, path=directory, holders=[process], engine=engine("<s>1</s>", "released", message))
    good = host([model("recognition/latin-v9.onnx", 100)])
    reason = "failed: <script>alert('reason')</script>\n| x | {{ 7 * 7 }}"
    return {"evil": evil, "good": good, "liar": {"models": "<b>none</b>"}, "mute": None}, {"mute": reason}


def large_fleet(hosts: int, models: int = 20) -> dict[str, Facts | None]:
    """Return the facts of many hosts: one in seven has stale models, one in fifty a model of another size."""
    facts: dict[str, Facts | None] = {}
    for index in range(hosts):
        found = [
            model(f"recognition/script-{number:02}.onnx", (40 + number * 13) * MIB + (index % 50 == 7 and number == 3))
            for number in range(models)
        ]
        if index % 7 == 2:
            found[1] = model(f"old_{index % 3}.gguf", (1000 + index) * MIB)
        found[0]["in_use"] = True
        facts[f"ocr{index + 1}.example.com"] = host(found, holders=[holder(900 + index, [found[0]["name"]])])
    return facts


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
