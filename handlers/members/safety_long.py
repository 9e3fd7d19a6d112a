"""A very long message: danger is heard wherever it stands in it, though the ear takes in its beginning and its end alone."""

import asyncio

from bot.answers.safety_reading import MAX_CHARS
from bot.text import split
from handlers.parts import Parts

_PART = MAX_CHARS // 2 - 100
"""Letters. Put first, such a part stands wholly in the half that is listened to of the beginning."""
_LISTENED_TO = 20_000
"""Letters of the beginning: an hour's typing on a phone; a part takes some forty milliseconds."""


async def telling_first(parts: Parts, words: str) -> str:
    """The words; of very long ones the part in which danger is heard most urgently stands before them."""
    if len(words) <= MAX_CHARS:
        return words
    telling = ""
    for part in [*split(words[:_LISTENED_TO], _PART), words[-MAX_CHARS // 2 :]]:
        alarm = parts.safety.assess(part)
        if alarm is not None and (alarm.urgent or not telling):
            telling = part
        if alarm is not None and alarm.urgent:
            break
        await asyncio.sleep(0)  # Others have their turn.
    return f"{telling}\n{words}" if telling else words
