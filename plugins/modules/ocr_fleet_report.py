#!/usr/bin/python
# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the action plugin of this name, which does everything on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ocr_fleet_report
short_description: Write the report of a fleet's OCR models on the controller
version_added: 1.1.0
description:
  - Summarizes what the hosts of a play, or the fact cache, know of their models, and writes it into
    C(report.html), C(report.csv), C(hosts.csv), C(report.json),
    C(report.md), C(report.prom) and C(history.jsonl). The role C(ocr_fleet_report) calls it.
  - It runs on the controller and connects to no host.
  - Each file is replaced as a whole or not at all, and only where it changes. The same facts, earlier report and time
    give the same bytes.
  - It compares the fleet with the last report of another run that lies in the folder, and adds the totals to
    C(history.jsonl). A later batch of a play with C(serial) replaces the report of its own run. A run is known by its
    job of AWX (C(awx_job_id)), else by O(time), else by the process that runs the playbook.
  - A host that did not report is listed with the reason. A host that reported and on which something failed, for
    example a prune,
    is listed with its facts and with the failure.
author:
  - The ocrfleet.aspose contributors (@ocrfleet)
options:
  dir:
    description: >-
      Folder that the files are written to. A relative one is below the current folder. Made when it is not there.
    type: path
    default: ./ocr-report
  title:
    description: The title of the report.
    type: str
    default: OCR models of the fleet
  from_cache:
    description:
      - Whether to take the facts from the fact cache as they are, also those of hosts that this run did not ask.
      - Otherwise only hosts that are still part of the play count as having reported.
    type: bool
    default: false
  hosts:
    description: The hosts to report. The default is all hosts of the play, also those that failed.
    type: list
    elements: str
  groups:
    description:
      - Names of inventory groups whose hosts ought to have the same models. Drift is looked for inside each of them.
      - Without it all hosts of the report are compared with each other.
    type: list
    elements: str
    default: []
  result:
    description:
      - Names of the variables in which the play registered what the modules returned. They say why a host failed,
        and have the
        facts of this run.
    type: list
    elements: str
    default: [ocr_maintenance_result, __ocr_maintenance_left]
  table_rows:
    description: The number of hosts in the table of RV(table) at most. Those with most to gain come first.
    type: int
    default: 40
  mode:
    description: The permissions of the files in octal digits, in quotes. Those of the folder are left alone.
    type: raw
    default: "0644"
  disk_percent:
    description: From how much of the disk in use on a host is nearly full and needs action, in percent.
    type: int
    default: 90
  max_age:
    description: Facts that are older than that need action, for example V(36h) or V(7d). The unit is s, m, h, d or w.
    type: str
    default: 7d
  time:
    description: The time of the report, in UTC by ISO 8601. The default is now.
    type: str
  fail_on:
    description:
      - Causes for which the play is to fail once the report of the last batch is written. The role does that; in a task
        of your own, RV(failing) tells.
      - The causes are V(no_report), V(prune_failed), V(failed), V(engine_failed), V(required_models), V(pending),
        V(disk_full), V(facts_old), V(stale), V(incomplete) and V(faulty).
    type: list
    elements: str
    default: []
notes:
  - In every option null and the empty text mean that it is not set.
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
    details:
      - The files are too long to be compared on a terminal.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no
        change.
    support: full
    details:
      - As long as the facts, O(time) and the run are the same.
  platform:
    description: Target operating systems that this module runs on.
    platforms: linux
    support: full
seealso:
  - module: ocrfleet.aspose.ocr_model_facts
  - plugin: ocrfleet.aspose.ocr_fleet_summary
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Report what the fact cache has of the group ocr
  ocrfleet.aspose.ocr_fleet_report:
    dir: /srv/www/ocr
    from_cache: true
    hosts: "{{ groups['ocr'] }}"
  run_once: true
"""

RETURN = r"""
---
dir:
  description: The folder, absolute.
  returned: success
  type: str
  sample: /srv/www/ocr
changed_files:
  description: The names of the files that changed, in check mode of those that would change.
  returned: success
  type: list
  elements: str
  sample: [report.html, report.csv, hosts.csv, report.json, report.md, report.prom, history.jsonl]
totals:
  description: The totals of P(ocrfleet.aspose.ocr_fleet_summary#filter).
  returned: success
  type: dict
last_batch:
  description: Whether every host of the play has had its turn, so that the report is the whole one of this run.
  returned: success
  type: bool
failing:
  description: The causes of O(fail_on) that hosts have, a line each; empty before the last batch.
  returned: success
  type: list
  elements: str
  sample: ["Prune failed: 2 hosts, 7.01 GiB to gain"]
ansible_stats:
  description: >-
    What C(ansible.builtin.set_stats) would set, which AWX keeps as the artifacts of the job: C(ocr_fleet_report) with
    the folder in C(dir), the C(totals), and C(needs_action), the number of hosts by cause.
  returned: success
  type: dict
table:
  description: >-
    The lines for the terminal: what needs action, the hosts, those first with most to gain, the totals, and where the
    report is. They are also printed, at the end of the last batch, unless the callback for standard
    output is a JSON one.
  returned: success
  type: list
  elements: str
"""
