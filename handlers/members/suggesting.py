"""Questions to pick from, by number: those that she may have meant, or those of a topic; and what she says to the list."""

from bot.answers import askings
from bot.answers.book import KeptEntry
from bot.channels.contract import Choice, IncomingKind, Outgoing
from bot.people import quiet
from bot.said import Note
from bot.store.tables.askings import ChosenBy
from bot.text import clean, cut
from bot.turn import Turn
from handlers.members import answered, forwarding, lying_ready, rephrasing, short_words
from handlers.members.lying_ready import SUGGEST_FLOW
from handlers.parts import Parts

_LABEL_UNITS = 60
_NAMED_UNITS = 40
_ASKED_WHICH = "asked_which"


async def suggest(
    turn: Turn,
    offered: list[KeptEntry],
    asked: str,
    *,
    sensitive: bool = False,
    asking_id: int | None = None,
    topic: str = "",
    lead: str = "",
) -> None:
    """Ask which of these she means. `topic` names it where that is all that is known; `lead` is said before."""
    _ = turn.gettext
    head = _("Chị muốn hỏi về {topic}:").format(topic=topic) if topic else _("Có phải chị muốn hỏi:")
    none = _("Không phải, hỏi cán bộ") if asked else _("Hỏi cán bộ")
    labels = [entry.text(turn.contact.language).question for entry in offered]
    lines = [f"{i}. {label}" for i, label in enumerate(labels, 1)]
    buttons = [Choice(str(i), cut(label, _LABEL_UNITS)) for i, label in enumerate(labels, 1)]
    # The questions of a list tell as much as an answer.
    is_sensitive = sensitive or any(entry.is_sensitive for entry in offered)
    has_rephrased = rephrasing.was_asked(turn)
    turn.conversation.begin(
        SUGGEST_FLOW,
        "",
        rephrased=has_rephrased,
        entries=[entry.entry_id for entry in offered],
        asking=asking_id,
        **lying_ready.from_now_on(turn, asked, sensitive=is_sensitive),
    )
    text = "\n".join(filter(None, [lead, head, *lines, f"0. {none}"]))
    message = Outgoing(text, (*buttons, Choice("0", none)))
    if is_sensitive:
        message = await quiet.cover(turn.connection, turn.contact, message, turn.now, turn.gettext)
    await turn.tell(turn.contact, message, note=Note(kind="suggestion", is_sensitive=is_sensitive))


async def take(turn: Turn, parts: Parts) -> bool:
    """Take the turn if it answers a list, or the offer of a cadre. 0 is taken where it always is."""
    if turn.conversation.flow != SUGGEST_FLOW:
        return False
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE}:
        return False
    words = clean(turn.incoming.text)
    if offered := turn.conversation.data.get("entries", []):
        return await _take_pick(turn, parts, offered, words)
    if short_words.says(words, short_words.AGREES):
        await offer_what_lies_ready(turn, parts)
        return True
    if short_words.says(words, short_words.NO):
        await _leave(turn)
        return True
    return False


async def offer_what_lies_ready(turn: Turn, parts: Parts) -> None:
    """Begin to ask a cadre what she asked last."""
    data = turn.conversation.data
    await forwarding.offer(
        turn,
        parts,
        text=data.get("asked") or None,
        asked_in=data.get("asked_in", ""),
        asking_id=data.get("asking"),
        urgent=data.get("urgent", False),
        sensitive=data.get("sensitive", False),
    )


async def _take_pick(turn: Turn, parts: Parts, offered: list[str], words: str) -> bool:
    picked = short_words.picked(words, len(offered))
    if picked is None and len(offered) == 1 and short_words.says(words, short_words.YES):
        picked = 1
    if picked is not None and 1 <= picked <= len(offered):
        await _answer(turn, parts, offered, offered[picked - 1])
    elif picked and len(offered) == 1:
        await turn.say(turn.gettext("Dạ, chị gõ 1 nếu đúng câu đó, hoặc 0 để hỏi cán bộ."))
    elif picked:
        await _say_numbers(turn, offered)
    elif picked is None and short_words.says(words, short_words.YES):
        await _ask_which(turn, parts, offered)
    elif picked is None and (
        short_words.says(words, short_words.NONE_OF_THEM) or short_words.says(words, short_words.NO)
    ):
        await _none_of_them(turn, parts)
    else:
        return False
    return True


async def _ask_which(turn: Turn, parts: Parts, offered: list[str]) -> None:
    """A yes to several: to which? Only the numbers are said the second time, and where others read what is private."""
    _ = turn.gettext
    is_private = bool(turn.conversation.data.get("sensitive"))
    if turn.conversation.data.get(_ASKED_WHICH) or (is_private and turn.contact.is_quiet):
        await _say_numbers(turn, offered)
        return
    turn.conversation.data = {**turn.conversation.data, _ASKED_WHICH: True}
    book = await parts.answers.current(turn.connection)
    labels = [
        (
            str(number),
            cut(book.entries[entry_id].text(turn.contact.language).question.rstrip("?."), _NAMED_UNITS),
        )
        for number, entry_id in enumerate(offered, 1)
        if entry_id in book.entries
    ]
    named = "; ".join(f"{number} = {label}" for number, label in labels)
    await turn.say(
        _("Dạ, chị muốn hỏi câu số mấy ạ? {named}; không phải câu nào thì 0.").format(named=named),
        *(Choice(number, label) for number, label in labels),
        Choice("0", _("Hỏi cán bộ")),
        note=Note(kind="suggestion", is_sensitive=is_private),
    )


async def _say_numbers(turn: Turn, offered: list[str]) -> None:
    await turn.say(
        turn.gettext("Chị gõ một số từ 1 đến {highest}, hoặc 0 để hỏi cán bộ.").format(highest=len(offered))
    )


async def _answer(turn: Turn, parts: Parts, offered: list[str], entry_id: str) -> None:
    data = turn.conversation.data
    asked, asking_id = data.get("asked", ""), data.get("asking")
    book = await parts.answers.current(turn.connection)
    entry = book.entries.get(entry_id)
    if entry is not None and asking_id:
        await askings.chosen(turn.connection, asking_id, entry_id, ChosenBy.MEMBER)
    if entry is None or not entry.is_on:  # Switched off since it was suggested.
        await rephrasing.offer_cadre(turn, asked, sensitive=data.get("sensitive", False))
        return
    await answered.give(turn, parts, entry, asked=asked, asking_id=asking_id, offered=offered)


async def _none_of_them(turn: Turn, parts: Parts) -> None:
    data = turn.conversation.data
    if not data.get("asked"):
        await _leave(turn)
    elif data.get("rephrased"):
        await offer_what_lies_ready(turn, parts)
    else:
        await rephrasing.ask_after_no(turn)


async def _leave(turn: Turn) -> None:
    """She wants nothing of what was offered; what is private stays ready all the same."""
    if not lying_ready.is_private(turn.conversation):
        turn.conversation.end()
    await turn.say(turn.gettext("Dạ, chị cần gì cứ nhắn em nghen."))
