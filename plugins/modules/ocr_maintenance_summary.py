# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The documentation of an action: plugins/action/ocr_maintenance_summary.py does it, on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: ocr_maintenance_summary
short_description: Say in a few lines what the role ocr_maintenance did to a batch of hosts
version_added: 1.1.0
description:
  - The last task of the role C(ocr_maintenance). It is run once for all hosts of a batch.
  - Reads what the role registered as C(ocr_maintenance_result) on each host of the batch, and on each that failed and
    that no earlier batch was told of.
  - It is skipped where the variable C(ocr_maintenance_summary) is false.
attributes:
  action:
    description: >-
      Indicates this has a corresponding action plugin so some parts of the options can be executed on the
      controller.
    support: full
  check_mode:
    description: Can run in C(check_mode) and return the changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed (or would change in C(check_mode)), when in diff mode.
    support: none
seealso:
  - module: ocrfleet.aspose.ocr_maintenance
author:
  - The ocrfleet.aspose contributors (@ocrfleet)
"""

EXAMPLES = r"""
---
- name: Say what the role did
  ocrfleet.aspose.ocr_maintenance_summary:
  run_once: true
"""

RETURN = r"""
failed_hosts:
  description: The hosts that failed or could not be reached, also where no line is wanted.
  type: list
  elements: str
  returned: always
  sample: ["ocr-03", "ocr-07"]
msg:
  description: One line for each host with something to say, one for each cause of failures, and a total.
  type: list
  elements: str
  returned: success
  sample:
    - "ocr-01: pruned 2 of 6 models (28.0 MiB freed), kept 1 (keep pattern *_fr_*)"
    - "2 hosts: Read-only file system: ocr-03, ocr-07"
    - "4 hosts: pruned 2 models (28.0 MiB freed), kept 1, 2 failed"
"""
