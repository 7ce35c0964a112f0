#!/usr/bin/python
# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ocr_model_restore
short_description: Undo a prune of Aspose OCR AI models
version_added: 1.0.0
description:
  - Moves the models of a backup set that M(ocrfleet.aspose.ocr_model_prune) made back to where they were, with their
    content, mode, owner and times.
  - Each model is compared with the set's manifest first. A damaged one is named and stays in the set.
  - A set that a killed prune left behind is restored like any other.
extends_documentation_fragment:
  - ocrfleet.aspose.attributes
  - ocrfleet.aspose.location
  - ocrfleet.aspose.location.user
  - ocrfleet.aspose.location.paths
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  working_dir:
    version_added: 1.1.0
    description:
      - The folder in which the OCR application runs. Needed only where the SDK answers a path relative to it. A set of
        the OCR models below it is restored with their O(path).
  engine:
    version_added: 1.1.0
    description:
      - How the SDK is asked for the model directory where O(path) is not set. Where it is, the SDK is asked only if
        this is V(required).
      - It is M(ocrfleet.aspose.ocr_model_facts) that asks, in a call to the host before the restore.
  backup_dir:
    description: The directory that was O(ocrfleet.aspose.ocr_model_prune#module:backup_dir) of the prune.
    type: str
    required: true
  backup:
    description:
      - Name of the set to restore, RV(ocrfleet.aspose.ocr_model_prune#module:backup) of the prune. With O(paths), the
        names of those to restore, one for each model directory, RV(ocrfleet.aspose.ocr_model_prune#module:backups); a
        directory of which none is named stays as it is.
      - The default is the newest set of each model directory on this host, by the number in its manifest. Where there
        is none, nothing is restored, with a warning. Where that one is damaged the task fails and names the one before.
      - A host is known by its name and its machine-id (C(/etc/machine-id)) together. A set that fits only by one of
        them, as after a change of the name, is restored only if it is named here, with a warning.
    type: list
    elements: str
    default: []
  names:
    description:
      - Patterns (C(*), C(?), C([a-z])) of the models to restore. Each is compared with the name and with the file
        name alone, each as it is and as it is shown.
      - The default is all of them.
    type: list
    elements: str
    default: []
  force:
    description: Whether to replace a model that exists again. Otherwise it is left alone and listed in RV(kept).
    type: bool
    default: false
  list:
    version_added: 1.1.0
    description:
      - Whether to list the sets in RV(sets) only. Nothing is changed then, and the model directory need not exist.
    type: bool
    default: false
seealso:
  - module: ocrfleet.aspose.ocr_model_prune
notes:
  - Run it as the user that ran the prune, with the same O(user). A set is trusted only when that user or root made it,
    and one that root made is closed to O(user).
  - From a set that cannot be changed, on a read-only file system for example, models are copied. A warning says which
    copies stay there, and a second restore changes nothing.
  - A set that was restored whole is no more than a manifest, which keeps a second restore from taking the set before.
    It goes with the next prune that has a C(backup_dir).
author:
  - The ocrfleet.aspose contributors (@ocrfleet)
"""

EXAMPLES = r"""
---
- name: Undo the last prune
  ocrfleet.aspose.ocr_model_restore:
    path: /srv/ocr/models
    backup_dir: /srv/ocr/backup

- name: See which sets there are
  ocrfleet.aspose.ocr_model_restore:
    path: /srv/ocr/models
    backup_dir: /srv/ocr/backup
    list: true

- name: Take back the French models of a certain prune, whatever has their names now
  ocrfleet.aspose.ocr_model_restore:
    path: /srv/ocr/models
    backup_dir: /srv/ocr/backup
    backup: 2026-11-22T17-25-01.123456Z
    names: ["*_fr_*"]
    force: true
"""

RETURN = r"""
sets:
  description:
    - The backup sets of the model directory, oldest first by the numbers in their manifests. Sets whose manifest cannot
      be read, which may be of that directory, come before them. The last one that is restorable without a
      RV(sets[].reason) is what a restore takes without O(backup).
  type: list
  elements: dict
  returned: when O(list) is true
  contains:
    name:
      description: What O(backup) calls it.
      type: str
      returned: always
    directory:
      description: The model directory that it is of.
      type: str
      returned: always
    time:
      description: When it was made, by the clock of the host, in UTC.
      type: str
      returned: always
    host:
      description: Name of the host that it was made on. V(null) if that cannot be read.
      type: str
      returned: always
    models:
      description: How many models it still has. V(null) if its manifest cannot be read.
      type: int
      returned: always
    bytes:
      description: Their size.
      type: int
      returned: always
    complete:
      description: Whether the prune that made it came to its end. What a killed one left can be restored as well.
      type: bool
      returned: always
    restorable:
      description: Whether there is something in it that can be restored here.
      type: bool
      returned: always
    reason:
      description: Why not, or under which condition. V(null) otherwise.
      type: str
      returned: always
msg:
  description: One line that says what was restored, or in check mode would be. When the task fails, why.
  type: str
  returned: always
  sample: restored 2 of 3 models of 2026-11-22T17-25-01.123456Z, kept 1 (exists again; set force to replace it)
backup:
  description: Name of the set. V(null) if there is none, or, with O(paths), more than one; see RV(backups).
  type: str
  returned: success
  sample: 2026-11-22T17-25-01.123456Z
backups:
  description: The sets, one for each model directory to which one was restored.
  type: list
  elements: dict
  returned: success
  contains:
    directory:
      description: The model directory.
      type: str
      returned: always
    name:
      description: Name of the set.
      type: str
      returned: always
restored:
  description: The models that were restored, or in check mode would be. When the task fails, their names.
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
        description: The model directory.
        type: str
        returned: always
      path:
        description: Full path in the model directory.
        type: str
        returned: always
      bytes:
        description: Size of the file.
        type: int
        returned: always
      modified:
        description:
          - Time of the last change of the content, UTC. One outside the years 1 to 9999 appears as the first or last
            second of these.
        type: str
        returned: always
      link_target:
        description: Where a symbolic link leads. V(null) for a file.
        type: str
        returned: always
kept:
  description: The models that were left alone, because they exist. When the task fails, their names.
  type: list
  elements: dict
  returned: success
  contains:
    <<: *model
    reason:
      description: Why.
      type: str
      returned: always
      sample: exists again; set force to replace it
failed_models:
  description:
    - The models that could not be restored. If there are any the task fails, after all others were restored. Then only
      the name and the error of each are returned.
  type: list
  elements: dict
  returned: success
  contains:
    <<: *model
    error:
      description: What is wrong.
      type: str
      returned: always
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

# Before the others: it makes the rest cheaper.
# pylint: disable-next=unused-import
from ansible_collections.ocrfleet.aspose.plugins.module_utils import _startup  # noqa: F401
from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import (
    LOCATION_ARGUMENTS,
    PATHS_ARGUMENT,
    given,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.run import (
    restore,
    restore_options,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import account_of, user
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.tree import load_renameat2


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, t.Any]] = dict(
        LOCATION_ARGUMENTS,
        **PATHS_ARGUMENT,
        backup_dir={"type": "str", "required": True},
        backup={"type": "list", "elements": "str", "default": []},
        names={"type": "list", "elements": "str", "default": []},
        force={"type": "bool", "default": False},
        list={"type": "bool", "default": False},
    )
    module = AnsibleModule(
        argument_spec=spec,
        supports_check_mode=True,
    )
    try:
        parameters = given(module.params, spec)
        account = account_of(parameters["user"])
        options = restore_options(parameters, account.home if account is not None else None)
        if account is not None:
            load_renameat2()
        with user(account):
            report = restore(options, check_mode=module.check_mode, diff=module._diff)
    except OcrModelError as error:
        module.fail_json(msg=str(error))
    for warning in report.warnings:
        module.warn(warning)
    if report.failure is not None:
        module.fail_json(msg=report.failure, **report.of_failure())
    module.exit_json(**report.result)


if __name__ == "__main__":
    main()
