# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Named tuples whose classes cost little to make.

Every run makes its classes anew, and Python takes 170 microseconds to make one of typing.NamedTuple with six fields: it
compiles a function, and each annotation. A class of Record takes 10. In return, to make an instance takes up to 0.3
microseconds longer, which is a hundredth of what a model costs otherwise.
"""

from __future__ import annotations

import operator
import typing as t

__all__ = ["Record"]

if t.TYPE_CHECKING:
    # The same to whoever uses it, and type checkers know it.
    from typing import NamedTuple as Record
else:

    class Record(tuple):
        """A tuple whose items have the names of the class's annotations, in that order, and their defaults."""

        __slots__ = ()
        _fields = ()
        _field_defaults: t.ClassVar[dict] = {}

        def __init_subclass__(cls) -> None:
            """Turn the annotations of a class into its fields."""
            cls._fields = tuple(cls.__annotations__)
            cls._field_defaults = {name: cls.__dict__[name] for name in cls._fields if name in cls.__dict__}
            for place, name in enumerate(cls._fields):
                setattr(cls, name, property(operator.itemgetter(place)))
            new, count = tuple.__new__, len(cls._fields)

            def __new__(cls, *values, **named):
                """Make one of values by place or by name. Raises TypeError for a field too many or too few."""
                if named or len(values) != count:
                    values += cls._rest(cls._fields[len(values) :], named)
                return new(cls, values)

            cls.__new__ = __new__

        @classmethod
        def _rest(cls, names, named) -> tuple:
            """Return the values of the last fields: what is named, and the defaults of the others."""
            known = {**cls._field_defaults, **named}
            if not names or not named.keys() <= set(names) <= known.keys():
                raise cls._unfit()
            return tuple(known[name] for name in names)

        @classmethod
        def _unfit(cls) -> TypeError:
            return TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}")

        def __getnewargs__(self) -> tuple:
            """Let copies be made of the values, as a tuple's own would not."""
            return tuple(self)

        def __repr__(self) -> str:
            """Show the fields with their names."""
            return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"

        def _asdict(self) -> dict:
            return dict(zip(self._fields, self))

        def _replace(self, **changes):
            replaced = tuple(map(changes.pop, self._fields, self))
            if changes:
                raise self._unfit()
            return tuple.__new__(type(self), replaced)
