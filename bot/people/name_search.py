"""Finding people by the words of their names, whole and in any order, with or without marks.

On PostgreSQL a list of all words is kept (`ix_members_name_words`), so that a million names are not looked at; SQLite looks.
"""

import sqlalchemy as sa

from bot import text
from bot.store.tables import members

_MOST_WORDS = 8


def has_words(typed: str, dialect_name: str) -> sa.ColumnElement[bool]:
    """The condition that a member's name has all these words; true for everybody where nothing is typed."""
    words = text.fold(text.clean(typed)).split()[:_MOST_WORDS]
    if not words:
        return sa.true()
    if dialect_name == "postgresql":
        # Written as the index is: with a parameter in it the index would not be found.
        of_name: sa.ColumnElement[str] = sa.literal_column("string_to_array(members.name_folded, ' ')")
        return of_name.op("@>", is_comparison=True)(sa.func.string_to_array(" ".join(words), " "))
    # Apart, so that the names are read through once and in order, whatever they are joined to.
    named = members.alias("named")
    between_blanks = " " + named.c.name_folded + " "
    has_all = (between_blanks.contains(f" {word} ", autoescape=True) for word in words)
    return members.c.id.in_(sa.select(named.c.id).where(*has_all))
