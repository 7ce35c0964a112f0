#!/usr/bin/python
# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ocr_model_facts
short_description: Report the model files of Aspose OCR AI on a host
version_added: 1.0.0
description:
  - Reports every model file below the model directory of an OCR application, with its full path, size and status,
    whether a process has it open or mapped, and which one.
  - Also reports deleted models that still take up disk space because a process holds them, and what the SDK says.
  - The disk is the truth. What the SDK lists depends on its release and only fills
    RV(ansible_facts.ocr_models.models[].engine_listed).
  - Changes nothing.
extends_documentation_fragment:
  - ocrfleet.aspose.attributes
  - ocrfleet.aspose.attributes.facts
  - ocrfleet.aspose.location
  - ocrfleet.aspose.location.user
  - ocrfleet.aspose.location.paths
  - ocrfleet.aspose.rules
attributes:
  check_mode:
    support: full
    details: Nothing is changed in either mode.
  diff_mode:
    support: N/A
    details: Nothing is changed.
  idempotent:
    support: full
  facts:
    support: full
options:
  stale_prefixes:
    description:
      - A model is stale when its file name, or the name of a folder between it and the model directory, begins with
        one of these. They are plain text, not patterns.
      - The default is V([old_]), or none where O(version_pattern) is set.
    type: list
    elements: str
  checksum:
    description: Of which files the checksum is reported. Each of them is read.
    type: str
    choices:
      none: Of none.
      sha256: The SHA-256 of every file.
      required: The SHA-256 of those of O(required) that name one.
    default: none
  holders:
    description:
      - Whether to look through all processes for those that have a model open or mapped, or a deleted one.
      - Without it RV(ansible_facts.ocr_models.pending_bytes) is V(null).
    type: bool
    default: true
seealso:
  - module: ocrfleet.aspose.ocr_model_prune
  - module: ocrfleet.aspose.ocr_model_restore
notes:
  - Run it as root with O(user) set. The user of the OCR application will do, but only root sees every process.
author:
  - The ocrfleet.aspose contributors (@ocrfleet)
"""

EXAMPLES = r"""
---
- name: Gather facts about the models of the OCR application
  ocrfleet.aspose.ocr_model_facts:
    user: ocr
    sdk_python: /opt/ocr/venv/bin/python
  become: true

- name: Gather facts about a model directory without starting the SDK
  ocrfleet.aspose.ocr_model_facts:
    path: /srv/ocr/models
    engine: skip

- name: Gather facts about which models newer ones supersede, as en_ocr_v10.bin does en_ocr_v9.bin
  ocrfleet.aspose.ocr_model_facts:
    path: /srv/ocr/models
    engine: skip
    stale_prefixes: [old_]
    version_pattern: '_v(?P<version>[0-9.]+)\.'
    keep_newest: 2

- name: Gather facts about whether a host has the models that it must have, and whether their contents are right
  ocrfleet.aspose.ocr_model_facts:
    path: /srv/ocr/models
    engine: skip
    required:
      - name: en_ocr_v1.bin
        sha256: 1e0d8f9b43e2d5ea29d75a73fa0c8d0ed25b6a6ea1f0f4a58e6e8d7c2d6b3c11
      - name: qwen/weights.gguf
        bytes: 4683073184
      - name: de_ocr_v1.bin
    checksum: required

- name: Show which models are old
  ansible.builtin.debug:
    msg: "{{ ansible_facts['ocr_models']['models'] | selectattr('status', 'eq', 'stale') | map(attribute='path') }}"
"""

RETURN = r"""
msg:
  description: One line that says what was found. When the task fails, why.
  type: str
  returned: always
  sample: 6 models (1.4 GiB), 3 stale (28.0 MiB), 1 in use
ansible_facts:
  description: Facts to add to the host.
  returned: always
  type: dict
  contains:
    ocr_models:
      description:
        - The model directories and everything in them. The sums beside RV(ansible_facts.ocr_models.directories) are
          those of all directories together.
      returned: always
      type: dict
      contains:
        gathered_at:
          description: When the facts were gathered, UTC.
          type: str
          returned: always
          sample: "2026-11-22T17:25:01Z"
        directories:
          description: The model directories, in the order in which they were named.
          type: list
          elements: dict
          returned: always
          contains:
            path:
              description: The model directory.
              type: str
              returned: always
              sample: /home/ocr/.local/share/Aspose.AI.LLM/models
            store:
              description:
                - Which of the SDK's stores it is. V(ai) has the models of its AI. V(ocr) has those of its OCR, which
                  are the C(*.ocr) files directly in it, as the SDK lists them.
                - V(null) for a directory that was named.
              type: str
              returned: always
            exists:
              description: Whether the model directory exists. That it does not is no error.
              type: bool
              returned: always
            gathered_at:
              description:
                - When it was looked at, UTC. In the facts that the role C(ocr_maintenance) leaves it is earlier than
                  that of the facts for a directory that its last run was not about.
              type: str
              returned: always
            disk:
              description: The file system that holds the model directory.
              type: dict
              returned: always
              contains:
                total_bytes:
                  description: Its size. V(null) where the model directory does not exist.
                  type: int
                  returned: always
                available_bytes:
                  description: What is available to ordinary users. V(null) where the model directory does not exist.
                  type: int
                  returned: always
            <<: &sums
              count:
                description: Number of models.
                type: int
                returned: always
              bytes:
                description: Sum of the models' sizes.
                type: int
                returned: always
              allocated_bytes:
                description: Bytes that the models take up on the disk. A file with several names is counted once.
                type: int
                returned: always
              stale_count:
                description: Number of stale models.
                type: int
                returned: always
              stale_bytes:
                description: Sum of the stale models' sizes.
                type: int
                returned: always
              incomplete_count:
                description: Number of incomplete downloads.
                type: int
                returned: always
              incomplete_bytes:
                description: Sum of the incomplete downloads' sizes.
                type: int
                returned: always
              in_use_count:
                description: Number of models in use. V(null) where that is not known of each.
                type: int
                returned: always
              pending_bytes:
                description:
                  - Bytes of deleted models that processes still keep on the disk, as far as that could be seen.
                  - V(null) where nothing of that was seen, but not all processes could be looked into, or it could not
                    be told of some deleted file whether it was a model, or the file system is FUSE or a network one.
                type: int
                returned: always
        <<: *sums
        required:
          description: The models of O(required), in their order.
          type: list
          elements: dict
          returned: always
          contains:
            name:
              description: Its name.
              type: str
              returned: always
            state:
              description:
                - V(present), V(missing), or V(different).
                - Different is what has its name but is no whole regular file, or has another size, or, where checksums
                  were read, another one or one that could not be read.
              type: str
              returned: always
            path:
              description: Full path of what has its name. V(null) where nothing has.
              type: str
              returned: always
            directories:
              description: The model directories in which it was looked for.
              type: list
              elements: str
              returned: always
        missing_count:
          description: How many required models are missing.
          type: int
          returned: always
        different_count:
          description: How many required models are different.
          type: int
          returned: always
        models:
          description: The models, directory by directory, sorted by name.
          type: list
          elements: dict
          returned: always
          contains:
            name:
              description:
                - Path relative to the model directory. A byte that is not UTF-8 appears as C(\xNN), a character that
                  cannot be seen as C(\uNNNN), and a backslash as two, here and wherever a name or a path is shown.
              type: str
              returned: always
            directory:
              description: The model directory that it lies in.
              type: str
              returned: always
            path:
              description: Full path.
              type: str
              returned: always
            bytes:
              description: Size of the file. For a link, the length of its target.
              type: int
              returned: always
            allocated_bytes:
              description: Bytes that the file takes up on the disk.
              type: int
              returned: always
            modified:
              description:
                - Time of the last change of the content, UTC. One outside the years 1 to 9999 appears as the first or
                  last second of these.
              type: str
              returned: always
            status:
              description: V(current), V(stale) or V(incomplete).
              type: str
              returned: always
            stale_prefix:
              description: The prefix that makes it stale, V(null) for the others.
              type: str
              returned: always
            superseded_by:
              description:
                - Name of the newest model of its family where newer ones make it stale, see O(version_pattern). V(null)
                  for the others.
              type: str
              returned: always
            link_target:
              description: Where a symbolic link leads. V(null) for a file. Links are never followed.
              type: str
              returned: always
            checksum:
              description:
                - SHA-256 in hexadecimal where it was asked for and the file could be read. Otherwise V(null).
              type: str
              returned: always
            in_use:
              description:
                - Whether a process has it open or mapped, or a loop device has it. V(null) where that cannot be known.
              type: bool
              returned: always
            holders:
              description: The process IDs that C(/proc) shows to have it open or mapped, and V(0) for a loop device.
              type: list
              elements: int
              returned: always
            engine_listed:
              description: Whether the SDK lists it. V(null) where the SDK did not list this directory.
              type: bool
              returned: always
        holders:
          description:
            - The processes and loop devices that have models, or deleted ones, directory by directory, sorted by pid.
              One that has models of two directories is there twice.
          type: list
          elements: dict
          returned: always
          contains:
            directory:
              description: The model directory that the models lie in.
              type: str
              returned: always
            pid:
              description: Process ID. V(0) where it is no process but a loop device.
              type: int
              returned: always
            command:
              description: Name of the command, without its arguments, or path of the device.
              type: str
              returned: always
            user:
              description: User that the process runs as.
              type: str
              returned: always
            unit:
              description:
                - The service or scope of the system's systemd that it belongs to, V(null) if none. What runs below a
                  user's own systemd belongs to that one, C(user@1000.service) for example.
              type: str
              returned: always
            models:
              description: Names of the models it has open or mapped.
              type: list
              elements: str
              returned: always
            pending:
              description: Deleted models that it still keeps on the disk.
              type: list
              elements: dict
              returned: always
              contains:
                name:
                  description: Name that the model had.
                  type: str
                  returned: always
                bytes:
                  description: Bytes that it takes up.
                  type: int
                  returned: always
        engine:
          description: What the SDK said.
          type: dict
          returned: always
          contains:
            state:
              description:
                - V(released) when the SDK answered, was asked to free its resources, and ended with no handle on a
                  model.
                - V(absent) when the SDK is not installed for O(sdk_python). V(failed) when it did not answer.
                  V(skipped) when it was not asked.
              type: str
              returned: always
            package:
              description: Name of the installed package, V(null) when unknown.
              type: str
              returned: always
            version:
              description: Version of the installed package, V(null) when unknown.
              type: str
              returned: always
            python:
              description: The Python that was asked.
              type: str
              returned: always
            model_dir:
              description: The model directory that the SDK answers, V(null) when it did not.
              type: str
              returned: always
            listed:
              description: How many models the SDK lists, V(null) when it did not.
              type: int
              returned: always
            message:
              description: What is wrong and what to do about it. V(null) when nothing is.
              type: str
              returned: always
"""

import os
import typing as t

from ansible.module_utils.basic import AnsibleModule

# Before the others: it makes the rest cheaper.
# pylint: disable-next=unused-import
from ansible_collections.ocrfleet.aspose.plugins.module_utils import _startup  # noqa: F401
from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import (
    LOCATION_ARGUMENTS,
    PATHS_ARGUMENT,
    RULE_ARGUMENTS,
    given,
    location_request,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.locate import load_engine, locate
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import account_of, environment_of, user
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.rules import (
    DEFAULT_STALE_PREFIXES,
    NO_CHECKSUM,
    OF_REQUIRED,
    SHA256,
    parse_rules,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import load_devices
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.facts import gather
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.summary import facts_summary


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, t.Any]] = dict(
        LOCATION_ARGUMENTS,
        **PATHS_ARGUMENT,
        **RULE_ARGUMENTS,
        # Empty texts alone are as good as unset, too: the default depends on version_pattern.
        stale_prefixes={"type": "list", "elements": "str", "default": None},
        checksum={"type": "str", "choices": [NO_CHECKSUM, SHA256, OF_REQUIRED], "default": NO_CHECKSUM},
        holders={"type": "bool", "default": True},
    )
    module = AnsibleModule(
        argument_spec=spec,
        supports_check_mode=True,
    )
    try:
        parameters = given(module.params, spec)
        rules = parse_rules(parameters, default_prefixes=DEFAULT_STALE_PREFIXES)
        account = account_of(parameters["user"])
        request = location_request(parameters, account.home if account is not None else None)
        environment = environment_of(account, os.environ)
        if account is not None:
            load_engine(request)
            load_devices()
        with user(account):
            located = locate(request, environment)
            facts = gather(located, rules, holders=parameters["holders"])
    except OcrModelError as error:
        module.fail_json(msg=str(error))
    module.exit_json(msg=facts_summary(facts), ansible_facts={"ocr_models": facts})


if __name__ == "__main__":
    main()
