"""How far an officer looks: at what was asked in her unit and below it, or, at the top, at everything."""

from typing import Any

import sqlalchemy as sa

from bot.store.tables import units

EVERYTHING = ""
"""Also what was asked by those who have not said where they live."""


def within(sight: str, unit_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The condition that a row's unit is the one with the path `sight`, or below it."""
    if sight == EVERYTHING:
        return sa.true()
    return unit_id.in_(sa.select(units.c.id).where(units.c.path.startswith(sight, autoescape=True)))
