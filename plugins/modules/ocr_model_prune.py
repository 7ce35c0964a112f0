#!/usr/bin/python
# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ocr_model_prune
short_description: Prune stale model files of Aspose OCR AI, with an exact dry run
version_added: 1.0.0
description:
  - Releases the SDK's engine, then removes the models whose name begins with one of O(stale_prefixes), and those that
    newer versions supersede where O(version_pattern) is set, except those that a keep pattern, their age, or their
    being in use protects. Each one that goes or stays is reported with the reason.
  - A stale folder goes with its last model. A folder that is stale neither by its own name nor by that of a folder
    above it stays, even when it is empty then.
  - Can move them into a dated backup set instead of deleting them, which M(ocrfleet.aspose.ocr_model_restore) can
    undo.
  - In check mode it returns exactly what the real run returns, without changing anything.
  - Made to be run as root in a directory that a service user can write. No link is followed, no mount point is
    crossed, and right before each removal it is made sure that the file is still the planned one and that nobody uses
    it.
extends_documentation_fragment:
  - ocrfleet.aspose.attributes
  - ocrfleet.aspose.location
  - ocrfleet.aspose.location.user
  - ocrfleet.aspose.location.paths
  - ocrfleet.aspose.rules
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  stale_prefixes:
    description:
      - A model is stale when its file name, or the name of a folder between it and the model directory, begins with
        one of these. They are plain text, not patterns.
      - A prefix with a slash is refused. An empty prefix is dropped.
      - One of O(stale_prefixes) and O(version_pattern) is needed.
    type: list
    elements: str
  checksum:
    version_added: 1.1.0
    description: Of which models the checksum is read, before anything is removed.
    type: str
    choices:
      none: Of none.
      required: Of those of O(required) that name one, which may then turn out to be different.
    default: none
  keep:
    description:
      - Patterns (C(*), C(?), C([a-z])) of models that stay, whatever their name begins with. Each is compared with
        the name, that is the path relative to the model directory, and with the file name alone, each as it is and as
        it is shown.
    type: list
    elements: str
    default: []
  min_age:
    description:
      - Models that were changed within this time stay. A number and a unit, V(30d) or V(12h) for example (s, m, h, d,
        w), or seconds.
      - A time in the future counts as now.
    type: str
  incomplete:
    description:
      - Whether to prune left-overs of downloads too (C(*.part), C(*.partial), C(*.incomplete), C(*.tmp),
        C(*.download)).
      - They have to be older than O(min_age), or than 24 hours when that is not set.
    type: bool
    default: false
  max_prune:
    description:
      - The most models that one run may remove. A count, V(20), or a share of all models, V(50%).
      - With O(paths) it counts over all of them.
      - A plan above it is refused whole, nothing is removed, and the task fails.
    type: str
  min_free:
    version_added: 1.1.0
    description:
      - How much the file system of the model directory is to have available to ordinary users. A share of its size,
        V(20%), or a size in powers of 1024, V(50GiB) (KiB to PiB).
      - With it only as many of the models that may go are removed as that takes, the oldest first. The others stay,
        with C(enough free space) as the reason.
      - The file system is asked once, before anything is removed, and a model counts for what it alone gives back. So
        one that a process has, of which a hard link is left, or that shares all its content with other files stays,
        whatever O(in_use) says, and nothing takes the place of one that cannot be removed.
      - It is no failure when there is not enough to remove, see RV(min_free_missing_bytes).
      - A O(backup_dir) on the same file system is refused with it. Its expired sets, on another one, count for nothing.
    type: str
  in_use:
    description:
      - What to do with a stale model that a process has open or mapped. Where that cannot be known it counts as in
        use.
    type: str
    choices:
      skip: It stays.
      fail: The task fails and nothing is removed.
      ignore: It is removed. Its disk space comes back when the last process that has it ends, see RV(pending_bytes).
    default: skip
  backup_dir:
    description:
      - Move the models into a new dated set below this directory instead of deleting them. It must be absolute, and
        outside the model directory. It is made, for its owner only, where only its parent exists. With O(user) it has
        to be that user's.
      - On the same mount a model is renamed, which frees no disk space. Otherwise it is copied, the copy is compared,
        and then the original goes. Without root, or with O(user), a model that could not be given back to its owner
        and group is not copied and stays.
      - With O(paths) each directory gets a set of its own.
    type: str
  backup_max_age:
    description:
      - Remove the backup sets of this model directory on this host that are older than that. Written like O(min_age).
      - They count as room for the new set, and go before it is made where it needs that room, otherwise after a run
        without failures.
      - A host is known by its name and its machine-id (C(/etc/machine-id)) together. Sets that fit only by one of them,
        as after a change of the name, never expire.
    type: str
  services:
    version_added: 1.1.0
    description:
      - Services that may be stopped for the instant of the removal, because their processes have a model that goes, or
        still hold a deleted one. What ran before is started again, whatever happens, also when the module is killed.
      - Under systemd names of services, instances, aliases and targets, where C(.service) may be left out. All that
        systemd stops along with one of them, and that ran, is started again, too; the sockets that would start it in
        between are stopped for that time. Elsewhere names of init scripts, which the command C(service) stops and
        starts.
      - A service is in the way where its stop releases the model. It is left alone where a process that it does not
        end has the same model open. Where nobody knows which unit a process belongs to, all named services are in the
        way.
      - A name that systemd does not know, a masked or transient unit, one that may not be stopped or started by hand,
        a pattern, and what would stop the run itself are refused before anything is touched, in check mode too.
      - Only root can stop services. To name some and be neither root nor need any of them stopped is no error.
    type: list
    elements: str
    default: []
  release:
    version_added: 1.1.0
    description: When to stop O(services).
    type: str
    choices:
      when_needed: Those that are in the way.
      always: All that run, whenever something is pruned, whether they are in the way or not.
      never: None.
    default: when_needed
  service_timeout:
    version_added: 1.1.0
    description:
      - Seconds that the stop of O(services), and their start, may take.
      - When the stop takes longer, or fails, nothing is removed, what ran is started, and the task fails. When the
        start fails, the task fails, after all else was done.
    type: int
    default: 120
seealso:
  - module: ocrfleet.aspose.ocr_model_facts
  - module: ocrfleet.aspose.ocr_model_restore
notes:
  - Run it as root with O(user) set, or as the user of the OCR application, or as root.
author:
  - The ocrfleet.aspose contributors (@ocrfleet)
"""

EXAMPLES = r"""
---
- name: Show what would be pruned
  ocrfleet.aspose.ocr_model_prune:
    path: /srv/ocr/models
    stale_prefixes: [old_]
  check_mode: true
  diff: true

- name: Prune old models, but no French ones, and keep what goes for two weeks
  ocrfleet.aspose.ocr_model_prune:
    path: /srv/ocr/models
    stale_prefixes: [old_]
    keep: ["*_fr_*"]
    backup_dir: /srv/ocr/backup
    backup_max_age: 14d

- name: Prune with a brake, and left-overs of downloads too
  ocrfleet.aspose.ocr_model_prune:
    user: ocr
    sdk_python: /opt/ocr/venv/bin/python
    stale_prefixes: [old_, deprecated_]
    min_age: 30d
    incomplete: true
    max_prune: 50%
    in_use: fail
  become: true

- name: Prune all but the two newest versions of each model, for example of en_ocr_v9.bin and en_ocr_v10.bin
  ocrfleet.aspose.ocr_model_prune:
    path: /srv/ocr/models
    version_pattern: '_v(?P<version>[0-9.]+)\.'
    keep_newest: 2

- name: Prune old models, but none that the host must have, whatever it is named
  ocrfleet.aspose.ocr_model_prune:
    path: /srv/ocr/models
    stale_prefixes: [old_]
    required:
      - name: en_ocr_v1.bin
      - name: old_fr_ocr_v1.bin

- name: Prune old models, the oldest first, only until a fifth of the file system is available
  ocrfleet.aspose.ocr_model_prune:
    path: /srv/ocr/models
    stale_prefixes: [old_]
    min_free: 20%

- name: Stop the services for a moment that have a model that goes, and prune as the user of the application
  ocrfleet.aspose.ocr_model_prune:
    path: /srv/ocr/models
    stale_prefixes: [old_]
    user: ocr
    services: [ocr, ocr-batch]
  become: true
"""

RETURN = r"""
msg:
  description: One line that says what was pruned, or in check mode would be. When the task fails, why.
  type: str
  returned: always
  sample: pruned 2 of 6 models (28.0 MiB freed), kept 1 (keep pattern *_fr_*)
pruned:
  description: The models that were removed, or in check mode would be. When the task fails, their names.
  type: list
  elements: dict
  returned: success
  contains:
    <<: &model
      name:
        description:
          - Path relative to the model directory. A byte that is not UTF-8 appears as C(\xNN), a character that cannot
            be seen as C(\uNNNN), and a backslash as two, here and wherever a name or a path is shown.
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
          - Time of the last change of the content, UTC. One outside the years 1 to 9999 appears as the first or last
            second of these.
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
        description: SHA-256 in hexadecimal where it was asked for and the file could be read. Otherwise V(null).
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
    reason:
      description: Why.
      type: str
      returned: always
      sample: stale prefix old_
kept:
  description: The stale or incomplete models that stay. When the task fails, their names.
  type: list
  elements: dict
  returned: success
  contains:
    <<: *model
    reason:
      description: Why.
      type: str
      returned: always
      sample: in use by 4711 (python3)
failed_models:
  description:
    - The models that could not be removed. If there are any the task fails, after all others were removed. Then only
      the name and the error of each are returned.
  type: list
  elements: dict
  returned: success
  contains:
    <<: *model
    error:
      description: What the system answered and what to do.
      type: str
      returned: always
freed_bytes:
  description:
    - Bytes that the model directory's file system got back. A file that has another name elsewhere, a hard link, or
      that a process still holds, or that was moved within the file system, gives back nothing. What a file shares with
      others (reflinks, snapshots, deduplication) is not given back either.
  type: int
  returned: success
freed_bytes_exact:
  description:
    - Whether RV(freed_bytes) is exact. Otherwise it is the most that came back, and RV(msg) says C(at most).
    - It is not exact where the file system cannot tell what a file shares (overlayfs, ZFS, network file systems; on
      others, of files that are compressed, kept with the metadata, or written a moment ago), where nobody can tell
      whether a process still holds a file, and where models that went shared something with each other, which counts
      once.
  type: bool
  returned: success
pending_bytes:
  description:
    - Bytes of deleted models that processes still keep on the disk, as far as that could be seen. What only stopped
      services kept is released, in check mode too.
    - V(null) where nothing of that was seen, but not all processes could be looked into, or it could not be told of
      some deleted file whether it was a model, or the file system is FUSE or a network one.
  type: int
  returned: success
min_free_missing_bytes:
  description:
    - Bytes that the file system still lacks of O(min_free), by what it had before and what the removed models gave
      back. V(null) where O(min_free) is not set, or the model directory does not exist.
  type: int
  returned: success
backup:
  description:
    - Name of the backup set. In check mode, the name it would have now. V(null) if there is none, or, with O(paths),
      more than one; see RV(backups).
  type: str
  returned: success
  sample: 2026-11-22T17-25-01.123456Z
backups:
  description: The backup sets, one for each model directory from which models went.
  type: list
  elements: dict
  returned: success
  contains:
    directory:
      description: The model directory.
      type: str
      returned: always
      sample: /srv/ocr/models
    name:
      description: Name of the set.
      type: str
      returned: always
      sample: 2026-11-22T17-25-01.123456Z
expired_backups:
  description: Names of the backup sets that are removed, as older than O(backup_max_age), or because they were restored
    whole.
  type: list
  elements: str
  returned: success
services:
  description:
    - The named services, and what else was stopped with them. Empty where none may be stopped. In check mode, what a
      real run would do.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the unit or init script.
      type: str
      returned: always
      sample: ocr.service
    was:
      description:
        - What systemd called its state before, V(active) or V(inactive) for example. Of an init script, V(active) or
          V(inactive), or V(unknown), which counts as running.
      type: str
      returned: always
    stopped:
      description: Whether it was stopped.
      type: bool
      returned: always
    state:
      description: Its state after the run.
      type: str
      returned: always
    down_seconds:
      description:
        - How long it was down. V(null) where it was not stopped or has not come back, and in check mode.
      type: float
      returned: always
    error:
      description: What went wrong with its stop or start. V(null) where nothing did.
      type: str
      returned: always
engine:
  description: What the SDK said.
  type: dict
  returned: success
  contains:
    state:
      description:
        - V(released) when the SDK answered, was asked to free its resources, and ended with no handle on a model.
        - V(absent) when the SDK is not installed for O(sdk_python). V(failed) when it did not answer. V(skipped) when
          it was not asked.
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
ocr_models:
  description:
    - The models as they are after the run, in check mode as they are. The same mapping as the fact C(ocr_models) of
      M(ocrfleet.aspose.ocr_model_facts).
  returned: success
  type: dict
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
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.rules import NO_CHECKSUM, OF_REQUIRED
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.criteria import (
    ALWAYS,
    FAIL,
    IGNORE,
    NEVER,
    SKIP,
    WHEN_NEEDED,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.options import prune_options
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.run import load_rest, prune


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, t.Any]] = dict(
        LOCATION_ARGUMENTS,
        **PATHS_ARGUMENT,
        **RULE_ARGUMENTS,
        stale_prefixes={"type": "list", "elements": "str"},
        checksum={"type": "str", "choices": [NO_CHECKSUM, OF_REQUIRED], "default": NO_CHECKSUM},
        keep={"type": "list", "elements": "str", "default": []},
        min_age={"type": "str"},
        incomplete={"type": "bool", "default": False},
        max_prune={"type": "str"},
        min_free={"type": "str"},
        in_use={"type": "str", "choices": [SKIP, FAIL, IGNORE], "default": SKIP},
        backup_dir={"type": "str"},
        backup_max_age={"type": "str"},
        services={"type": "list", "elements": "str", "default": []},
        release={"type": "str", "choices": [WHEN_NEEDED, ALWAYS, NEVER], "default": WHEN_NEEDED},
        service_timeout={"type": "int", "default": 120},
    )
    module = AnsibleModule(
        argument_spec=spec,
        required_one_of=[("stale_prefixes", "version_pattern")],
        supports_check_mode=True,
    )
    try:
        parameters = given(module.params, spec)
        account = account_of(parameters["user"])
        home = account.home if account is not None else None
        options = prune_options(parameters, home)
        request = location_request(parameters, home)
        environment = environment_of(account, os.environ)
        if account is not None:
            load_engine(request)
            load_rest(options)
        with user(account):
            located = locate(request, environment)
            report = prune(located, options, check_mode=module.check_mode, diff=module._diff)
    except OcrModelError as error:
        module.fail_json(msg=str(error))
    for warning in report.warnings:
        module.warn(warning)
    if report.failure is not None:
        module.fail_json(msg=report.failure, **report.of_failure())
    module.exit_json(**report.result)


if __name__ == "__main__":
    main()
