# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules return is what their RETURN sections say: each key, and its type, in all depths."""

from __future__ import annotations

import typing as t

import pytest
from conftest import ALL, SERVER_MODELS, STALE, User
from pages import CHECKOUT, plugin_text

TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "bool": bool,
    "dict": dict,
    "list": list,
    "float": (int, float),
}
# Of every module, as Ansible documents them. Ansible itself adds "invocation" and names of its own.
COMMON = {"changed", "diff", "failed", "invocation", "warnings"}
HELD = "old_fr_ocr_v1.bin"


def differences(documented: dict[str, t.Any], value: dict[str, t.Any], place: str = "") -> list[str]:
    """Where a dictionary is not what the documentation of its keys says."""
    found = [f"{place}{key} is not documented" for key in sorted(set(value) - set(documented))]
    for key, entry in documented.items():
        where = f"{place}{key}"
        if key not in value:
            found += [f"{where} is missing"] if entry["returned"] in ("always", "success") else []
            continue
        items = value[key] if entry["type"] == "list" and isinstance(value[key], list) else [value[key]]
        text = str(entry["description"])
        if value[key] is None:
            found += [] if "V(null)" in text else [f"{where} is null, which is not documented"]
            continue
        if not isinstance(value[key], TYPES[entry["type"]]):
            found.append(f"{where} is {value[key]!r}, not {entry['type']}")
        elements = TYPES.get(entry.get("elements", ""), object)
        found += [
            f"{where} has {item!r}" for item in items if entry["type"] == "list" and not isinstance(item, elements)
        ]
        for item in items:
            if "contains" in entry and isinstance(item, dict):
                found += differences(entry["contains"], item, f"{where}.")
    return sorted(set(found))


@pytest.fixture
def returned(user: User) -> dict[str, dict[str, t.Any]]:
    """Results of each module that are as full as can be: links, holders, models that stay, and that cannot go."""
    host = user.hosts["ocr-01"]
    host.path(f"{SERVER_MODELS}/link.bin").symlink_to("en_ocr_v1.bin")
    host.host.clock("ocr", HELD, "en_ocr_v1.bin")
    pending = f"{SERVER_MODELS}/old_pending.bin"
    host.path(pending).write_bytes(b"x" * 100)
    host.host.clock("ocr-batch", "old_pending.bin")
    host.path(pending).unlink()
    where = {"path": SERVER_MODELS, "sdk_python": "/opt/ocr/venv/bin/python"}
    backup = {"backup_dir": "/srv/ocr/backup"}
    prune = {**where, **backup, "stale_prefixes": ["old_"]}
    tasks: list[dict[str, t.Any]] = [
        {"ocrfleet.aspose.ocr_model_facts": {**where, "checksum": "sha256"}},
        {"ocrfleet.aspose.ocr_model_prune": prune},
        {
            "ansible.builtin.copy": {
                "content": "again",
                "dest": f"{SERVER_MODELS}/old_de_ocr_v1.bin",
                "mode": "0644",
            }
        },
        {"ocrfleet.aspose.ocr_model_restore": {"path": SERVER_MODELS, **backup}},
    ]
    user.write("inventory.yml", {"ocr": {"hosts": {"ocr-01": None}}})
    user.write("playbook.yml", [{"hosts": "ocr", "gather_facts": False, "become": True, "tasks": tasks}])
    run = user.type("ansible-playbook -i inventory.yml playbook.yml")
    modules = ("ocr_model_facts", "ocr_model_prune", "ocr_model_restore")
    results = {module: run.last("ocr-01", module).result for module in modules}
    facts = results["ocr_model_facts"]["ansible_facts"]["ocr_models"]
    assert facts["holders"] and any(holder["pending"] for holder in facts["holders"])
    assert {model["name"] for model in facts["models"]} == ALL | {"link.bin"}
    assert {model["name"] for model in results["ocr_model_prune"]["kept"]} == {HELD}
    assert {model["name"] for model in results["ocr_model_prune"]["pruned"]} == STALE - {HELD}
    assert results["ocr_model_restore"]["kept"] and results["ocr_model_restore"]["restored"]
    return results


def test_results_are_as_documented(returned: dict[str, dict[str, t.Any]]) -> None:
    found = []
    for module, result in returned.items():
        documented = plugin_text(CHECKOUT / "plugins" / "modules" / f"{module}.py", "RETURN")
        own = {key: value for key, value in result.items() if key not in COMMON and not key.startswith("_ansible")}
        found += [f"{module}: {difference}" for difference in differences(documented, own)]
    assert found == []
