# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Record is what a typing.NamedTuple with the same annotations would be."""

from __future__ import annotations

import copy
import pickle
import typing as t

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record


class Named(t.NamedTuple):
    """What it is compared with."""

    name: str
    size: int | None
    tags: tuple[str, ...] = ()
    kept: bool = False

    @property
    def label(self) -> str:
        """A property of its own."""
        return f"{self.name} {self.size}"


class Recorded(Record):
    """The same as a Record."""

    name: str
    size: int | None
    tags: tuple[str, ...] = ()
    kept: bool = False

    @property
    def label(self) -> str:
        """A property of its own."""
        return f"{self.name} {self.size}"


KINDS: tuple[t.Any, t.Any] = (Named, Recorded)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        (("a", 1), {}),
        (("a", 1, ("x",), True), {}),
        (("a",), {"size": None}),
        ((), {"size": 1, "name": "a"}),
        (("a", 1), {"kept": True}),
        ((), {"kept": True, "tags": ("x",), "size": 2, "name": "b"}),
    ],
)
def test_it_holds_what_a_named_tuple_does(values: tuple[t.Any, ...], named: dict[str, t.Any]) -> None:
    one, other = (kind(*values, **named) for kind in KINDS)
    assert one == other and hash(one) == hash(other)
    for name in ("name", "size", "tags", "kept", "label"):
        assert getattr(one, name) == getattr(other, name)
    assert one._asdict() == other._asdict() and list(one._asdict()) == list(other._asdict())
    assert one._fields == other._fields
    assert repr(one).replace("Named", "Recorded") == repr(other)
    assert pickle.loads(pickle.dumps(other)) == other == copy.copy(other)
    assert other._replace(size=9) == one._replace(size=9) and isinstance(other._replace(size=9), Recorded)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        (("a",), {}),
        ((), {"name": "a"}),
        (("a", 1, (), True, 5), {}),
        (("a", 1), {"name": "b"}),
        (("a", 1), {"colour": "red"}),
        (("a", 1, (), True), {"kept": False}),
    ],
)
def test_it_refuses_what_a_named_tuple_does(values: tuple[t.Any, ...], named: dict[str, t.Any]) -> None:
    for kind in KINDS:
        with pytest.raises(TypeError):
            kind(*values, **named)
    with pytest.raises(AttributeError):
        KINDS[1]("a", 1).name = "b"
