"""Objects of the session made of rows that a straight statement read.

SQLAlchemy's own way from a statement to its objects takes ten times as long as the database needs for them, which is
most of what it costs to know at every page who is signed in.
"""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm.attributes import instance_dict, manager_of_class

from portal.foundation.database import Base, db, table_of

Model = TypeVar("Model", bound=Base)


class Loading(Generic[Model]):
    """Makes objects of one model: `columns` are those that a statement reads for it, in this order."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model
        self.columns: tuple[sa.Column[Any], ...] = tuple(table_of(model).c)
        self._key = [column.primary_key for column in self.columns].index(True)
        self._names: list[str] = []

    def __call__(self, values: Sequence[Any], **related: object) -> Model | None:
        """The object of a row, the session's own where it has it already; None of an outer join that found none.

        Args:
            values: of `columns`.
            related: what is known of its relationships; the others are loaded when they are asked for.
        """
        if values[self._key] is None:
            return None
        mapper, session = sa.inspect(self.model), db.session()
        known: Any = session.identity_map.get(mapper.identity_key_from_primary_key((values[self._key],)))
        if known is not None:
            return cast("Model", known)
        self._names = self._names or [mapper.get_property_by_column(column).key for column in self.columns]
        found: Model = manager_of_class(self.model).new_instance()
        told = instance_dict(found)
        told.update(zip(self._names, values, strict=True))
        told.update(related)
        orm.make_transient_to_detached(found)
        session.add(found)
        return found
