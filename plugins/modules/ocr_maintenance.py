# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The documentation of an action: plugins/action/ocr_maintenance.py does it, on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: ocr_maintenance
short_description: Maintain the OCR models of a host in one task
version_added: 1.1.0
description:
  - The one task of the role C(ocr_maintenance). Use the role, which also publishes what failed.
  - Calls M(ocrfleet.aspose.ocr_model_prune) or M(ocrfleet.aspose.ocr_model_facts) on the host, and sets the facts
    C(ocr_models) and C(ocr_models_run). An option that is null or an empty text counts as not set.
  - In C(ocr_models) it replaces what was known of the directories that it looked at. What is known of others, of
    another application on the host, stays.
extends_documentation_fragment:
  - ocrfleet.aspose.attributes
  - ocrfleet.aspose.attributes.facts
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
  facts:
    support: full
options:
  prefix:
    description:
      - Text that the names of variables begin with. Each other option but O(look) that the task lacks is taken from the
        variable of its name with this prefix, where there is one.
    type: str
  prune:
    description: Whether to prune. Otherwise, and by default, it reports.
    type: raw
  look:
    description: Report, whatever O(prune) says, and install nothing.
    type: raw
  sdk_venv:
    description: Virtual environment to install the SDK in.
    type: str
  sdk_package:
    description: Name of the SDK's package.
    type: str
  sdk_version:
    description: Version of the SDK to install.
    type: str
  user: &same
    description: Handed to the module as it is. See its option of this name.
    type: raw
  path: *same
  paths: *same
  working_dir: *same
  sdk_python: *same
  engine: *same
  engine_timeout: *same
  stale_prefixes: *same
  version_pattern: *same
  keep_newest: *same
  required: *same
  checksum: *same
  holders: *same
  keep: *same
  min_age: *same
  incomplete: *same
  max_prune: *same
  min_free: *same
  in_use: *same
  backup_dir: *same
  backup_max_age: *same
  services: *same
  release: *same
  service_timeout: *same
seealso:
  - module: ocrfleet.aspose.ocr_model_facts
  - module: ocrfleet.aspose.ocr_model_prune
author:
  - The ocrfleet.aspose contributors (@ocrfleet)
"""

EXAMPLES = r"""
---
- name: Report the models, and leave in the facts what the run did
  ocrfleet.aspose.ocr_maintenance:
    path: /srv/ocr/models
    engine: skip
"""

RETURN = r"""
run:
  description: What the run did, also published as the fact C(ocr_models_run). Beside it is what the module returned.
  type: dict
  returned: always
  contains:
    time:
      description: When it ended, UTC.
      type: str
      returned: always
    kind:
      description: V(report), V(prune) or V(dry run).
      type: str
      returned: always
    outcome:
      description: V(succeeded) or V(failed).
      type: str
      returned: always
    failure:
      description: Why it failed. V(null) where it did not.
      type: str
      returned: always
    pruned:
      description: How many models were removed, or in check mode would be.
      type: int
      returned: always
    freed:
      description: Bytes that the file system got back.
      type: int
      returned: always
    kept:
      description: How many stale or incomplete models stay.
      type: int
      returned: always
    kept_reasons:
      description: The most frequent reasons for which models stay, each with the number of models.
      type: dict
      returned: always
      sample: {"keep pattern *_fr_*": 2}
    services:
      description: The services that were stopped and started again.
      type: list
      elements: dict
      returned: always
      contains:
        name:
          description: The service.
          type: str
          returned: always
        down_seconds:
          description: How long it was down, V(null) where it did not come back, and in check mode.
          type: float
          returned: always
    down:
      description: The longest time in seconds that a service was down.
      type: float
      returned: always
"""
