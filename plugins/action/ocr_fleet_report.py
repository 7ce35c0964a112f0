# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action C(ocr_fleet_report); its documentation is in plugins/modules/ocr_fleet_report.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils import _report_settings as settings_of
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fact_cache import cached_reports
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_facts import (
    collect_reports,
    play_ends,
    waiting_hosts,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_markdown import to_markdown
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_metrics import to_prometheus
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_page import to_html
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_summary import summarize_fleet
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_table import to_table
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_text import (
    MODELS_FOLLOW,
    to_csv,
    to_hosts_csv,
    to_json,
    to_line,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_words import action_line
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._report_files import put_file, read_until
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._report_history import (
    COMPARED_TOTALS,
    earlier_report,
    history,
    since,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._report_meta import CACHE, describe_report, kind_of_run
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._terminal import show

Variables = dict[str, t.Any]


class ActionModule(ActionBase):
    """Does everything on the controller and in one process, so that nothing of the fleet is copied to and fro."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: t.Any = None, task_vars: Variables | None = None) -> dict[str, t.Any]:
        """Summarize the fleet, write the files that change, and return which, and the table for the terminal."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        try:
            settings = settings_of.read_settings(self._task.args, variables)
            waiting = _waiting(settings, variables)
            summary = {"meta": _meta(settings, variables), **self._summary(settings, variables, waiting)}
            _compare(settings, summary)
            changed = self._write(settings, summary)
        # Each text has its cause, which Ansible would show once more.
        except settings_of.SettingsError as error:
            raise AnsibleActionFail(f"ocr_fleet_report: {error}") from None
        except OSError as error:
            raise AnsibleActionFail(f"The report cannot be written: {error}") from None
        except AnsibleError as error:
            raise AnsibleActionFail(f"The facts of the fleet cannot be read: {error}") from None
        table = [*to_table(summary, rows=settings.table_rows), self._closing_line(settings.folder, changed)]
        result.update(
            changed=bool(changed),
            dir=str(settings.folder),
            changed_files=changed,
            totals=summary["totals"],
            last_batch=not waiting,
            failing=[] if waiting else [action_line(found) for found in _chosen(summary, settings.fail_on)],
            ansible_stats={"data": _stats(settings, summary), "per_host": False, "aggregate": False},
            table=table,
        )
        if not waiting or self._play_ends(variables):
            show(table)
        return result

    def _play_ends(self, variables: Variables) -> bool:
        most_failed = getattr(self._task.get_play(), "max_fail_percentage", None)
        return play_ends(variables["hostvars"], batch=variables["ansible_play_batch"], most_failed=most_failed)

    def _summary(self, settings: settings_of.Settings, variables: Variables, waiting: set[str]) -> dict[str, t.Any]:
        hostvars = variables["hostvars"]
        if settings.from_cache:
            reports = cached_reports(hostvars, settings.hosts)
        else:
            lost = set(settings.hosts).difference(variables["ansible_play_hosts"])
            reports = collect_reports(
                hostvars, hosts=settings.hosts, lost=lost, results=settings.results, waiting=waiting
            )
        return summarize_fleet(reports, groups=settings.groups, limits=settings.limits)

    def _write(self, settings: settings_of.Settings, summary: dict[str, t.Any]) -> list[str]:
        """Write the files, and return the names of those that changed, in check mode of those that would."""
        dry_run = bool(self._task.check_mode)
        if not dry_run:
            settings.folder.mkdir(parents=True, exist_ok=True)
        forms: dict[str, t.Callable[[], str]] = {
            "report.html": lambda: to_html(summary, title=settings.title),
            "report.csv": lambda: to_csv(summary),
            "hosts.csv": lambda: to_hosts_csv(summary),
            "report.json": lambda: to_json(summary),
            "report.md": lambda: to_markdown(summary, title=settings.title),
            "report.prom": lambda: to_prometheus(summary),
            "history.jsonl": lambda: "\n".join(map(to_line, summary["history"])),
        }
        return [
            name
            for name, form in forms.items()
            if put_file(settings.folder / name, form(), mode=settings.mode, dry_run=dry_run)
        ]

    def _closing_line(self, folder: Path, changed: list[str]) -> str:
        if not self._task.check_mode:
            return f"Report: {folder}/report.html"
        what = f"{', '.join(changed)} would change" if changed else "nothing would change"
        return f"Check mode: no report was written; in {folder} {what}"


def _meta(settings: settings_of.Settings, variables: Variables) -> dict[str, t.Any]:
    kind = CACHE
    if not settings.from_cache:
        hosts = (variables["hostvars"].raw_get(host) for host in variables["ansible_play_batch"])
        kind = kind_of_run(own.get(name) for own in hosts for name in settings.results)
    return describe_report(time=str(settings.limits.time), run_id=settings.run_id, run_kind=kind)


def _compare(settings: settings_of.Settings, summary: dict[str, t.Any]) -> None:
    """Add what changed since the last report of another run, what that said, and the history with this run."""
    there = earlier_report(read_until(settings.folder / "report.json", MODELS_FOLLOW), settings.run_id)
    summary["since"] = since(summary, there)
    summary["earlier"] = there
    summary["history"] = history(read_until(settings.folder / "history.jsonl"), summary)


def _chosen(summary: dict[str, t.Any], keys: list[str]) -> list[dict[str, t.Any]]:
    return [action for action in summary["actions"] if action["key"] in keys]


def _stats(settings: settings_of.Settings, summary: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return what is kept of the job, as by C(set_stats): small, since AWX shows it and hands it to the next job."""
    return {
        "ocr_fleet_report": {
            "dir": str(settings.folder),
            "totals": {name: summary["totals"][name] for name in COMPARED_TOTALS},
            "needs_action": {action["key"]: len(action["hosts"]) for action in summary["actions"]},
        }
    }


def _waiting(settings: settings_of.Settings, variables: Variables) -> set[str]:
    """Return the hosts whose turn in this play has not come."""
    return waiting_hosts(
        variables["hostvars"],
        play=variables["ansible_play_hosts_all"],
        active=variables["ansible_play_hosts"],
        batch=variables["ansible_play_batch"],
        results=settings.results,
    )
