"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


class Moment(sa.TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite keeps it as text that sorts by time; a naive value is refused."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the interface
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A row's number; SQLite counts only its own INTEGER by itself."""

NEVER_REUSED: dict[str, Any] = {"sqlite_autoincrement": True}
"""For a table with an `Id`: SQLite gives the number of a deleted row to no other. Numbers name messages and questions for ever."""

Json = sa.JSON()
"""Kept as text on both: PostgreSQL's binary form refuses what people can type (NUL, half a surrogate pair)."""

SortKey = sa.String().with_variant(sa.String(collation="C"), "postgresql")
"""Text compared byte by byte, for keys made by `bot.text.sort_key`."""


def choice(kind: type[StrEnum]) -> sa.Enum:
    """A state or kind, kept as its plain word."""
    return sa.Enum(
        kind, native_enum=False, length=24, values_callable=lambda k: [member.value for member in k]
    )
