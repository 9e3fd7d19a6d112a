"""DONVI: which commune or ward an old name belongs to today."""

from bot.people import units
from bot.people.unit_search import ChoiceKind, Found, NotFound, Several
from bot.turn import Turn
from handlers.parts import Parts


async def ask_unit(turn: Turn, parts: Parts) -> None:
    await turn.say(
        turn.gettext(
            "Chị gõ DONVI kèm tên xã cũ, ví dụ: DONVI Kế An. Nhiều tên trùng nhau nên thêm huyện cũ càng tốt."
        )
    )


async def say_unit(turn: Turn, parts: Parts, words: str) -> None:
    """Say where a place belongs now, every possibility where there are several."""
    _ = turn.gettext
    search = await parts.units.current(turn.connection)
    match search.find(words):
        case Found(code):
            unit_id = await units.id_of_code(turn.connection, code)
            await turn.say(
                _("Dạ, nơi đó nay là {place}.").format(place=await units.name_of(turn.connection, unit_id))
            )
        case Several(choices) if lines := [
            f"• {choice.label}" for choice in choices if choice.kind is not ChoiceKind.RETYPE
        ]:
            await turn.say("\n".join([_("Dạ, tên đó có thể là:"), *lines]))
        case NotFound(nearest) if nearest:
            await turn.say(
                "\n".join(
                    [_("Em chưa tìm ra nơi đó. Gần giống có:"), *(f"• {choice.label}" for choice in nearest)]
                )
            )
        case _:
            await turn.say(
                _("Em chưa tìm ra nơi đó. Chị gõ thêm tên huyện cũ giúp em, ví dụ: DONVI Kế An, Kế Sách.")
            )
