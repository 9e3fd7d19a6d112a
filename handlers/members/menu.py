"""The menu's digits, as the FAQ's own help text lists them."""

from datetime import timedelta

import sqlalchemy as sa

from bot.store.tables import interactions
from bot.turn import Turn

ENTRY_ID = "HELP-01"
"""The entry that lists them."""

MENU: dict[int, tuple[str, ...]] = {
    1: ("hoi_vien", "hoi_phi"),
    2: ("vay_von",),
    3: ("htx_khoi_nghiep", "ocop"),
    4: ("bao_luc", "lua_dao"),
    5: ("thai_san_bhyt",),
    6: ("tre_em",),
    7: ("su_kien", "phong_trao"),
}
"""Digits that open topics: the member is shown their questions."""

FEEDBACK = 8  # To a person: something to say rather than to ask.
SETTINGS = 9
HIGHEST = 9
_KNOWN_FOR = timedelta(days=7)


async def is_known(turn: Turn) -> bool:
    """Whether she was shown the menu not long ago, so that a digit of hers may well be one of its."""
    shown = sa.exists().where(
        interactions.c.contact_id == turn.contact.contact_id,
        interactions.c.entry_id == ENTRY_ID,
        interactions.c.at > turn.now - _KNOWN_FOR,
    )
    return bool(await turn.connection.scalar(sa.select(shown)))
