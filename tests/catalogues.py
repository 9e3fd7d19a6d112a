"""The real translations, read once: parsing them takes longer than most tests."""

from functools import cache

from bot.languages import Languages


@cache
def languages() -> Languages:
    return Languages.load()
