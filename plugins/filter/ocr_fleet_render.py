# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter C(ocr_fleet_render); its documentation is in the YAML file beside this one."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_markdown import to_markdown
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_page import to_html
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_table import to_table
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_text import to_csv, to_hosts_csv, to_json

_RENDERERS: dict[str, Callable[..., str | list[str]]] = {
    "csv": to_csv,
    "hosts_csv": to_hosts_csv,
    "html": to_html,
    "json": to_json,
    "markdown": to_markdown,
    "table": to_table,
}


def ocr_fleet_render(summary: object, form: str, **settings: t.Any) -> str | list[str]:
    """Return the summary in the form that is named, with the settings of that form."""
    if not isinstance(summary, Mapping) or "totals" not in summary:
        raise AnsibleFilterError("ocr_fleet_render: the input must be what ocr_fleet_summary returns")
    if form not in _RENDERERS:
        raise AnsibleFilterError(f"ocr_fleet_render: no form {form!r}; there are {', '.join(_RENDERERS)}")
    return _RENDERERS[form](summary, **settings)


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"ocr_fleet_render": ocr_fleet_render}
