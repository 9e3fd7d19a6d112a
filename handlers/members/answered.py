"""An answer of the FAQ, and what she says to it: that it is clear, that it is not, or that she wants a person."""

import sqlalchemy as sa

from bot.answers import askings
from bot.answers.book import KeptEntry, filled
from bot.channels.contract import Choice, IncomingKind, Outgoing
from bot.languages import DEFAULT
from bot.people import quiet, units
from bot.people.parsing import parse_digit
from bot.questions.answering import ENTRY_FLOW
from bot.said import Note
from bot.store.tables import contacts
from bot.text import clean, fold
from bot.turn import Turn
from handlers.members import forwarding, lying_ready, menu, short_words
from handlers.members.lying_ready import UNCLEAR_FLOW
from handlers.parts import Parts

ASK_A_PERSON = "HELP-02"  # The entry that is not an answer but a wish: it is granted at once.
VERDICTS = 2  # 1 is clear, 2 is not.
_EXPLAINED = 3
"""So often the digits under an answer are spelled out to her; they work ever after."""

_STILL_UNCLEAR = ("chua ro", "chua hieu", "khong ro", "khong hieu", "ko hieu", "ko ro", "van chua ro")
_THUMB_DOWN = "👎"
_HIGHEST = 9


async def give(
    turn: Turn,
    parts: Parts,
    entry: KeptEntry,
    *,
    confidence: float | None = None,
    asked: str = "",
    asking_id: int | None = None,
    offered: list[str] | None = None,
    lead: str = "",
) -> None:
    """Give an entry's answer, as it is in her unit, and remember what was asked in case she wants a person.

    `asking_id` is the asking that it answers, if she asked in her own words; `offered` the list that she picked it from, to
    read another one of; `lead` what is to be said before.
    """
    if entry.entry_id == ASK_A_PERSON:
        await forwarding.offer(turn, parts, text=None)
        return
    book = await parts.answers.current(turn.connection)
    entry = book.in_place_of(entry, await units.line(turn.connection, turn.contact.unit_id))
    ready = lying_ready.from_now_on(turn, asked, sensitive=entry.is_sensitive)
    _note_heard(turn, entry, confidence, is_sensitive=ready["sensitive"])
    text = "\n".join(filter(None, [lead, await answer_text(turn, entry)]))
    if entry.entry_id == menu.ENTRY_ID:  # Has digits of its own.
        turn.conversation.begin("", "", **ready)
        message = Outgoing(text)
    else:
        turn.conversation.begin(ENTRY_FLOW, "", asking=asking_id, entries=offered or [], **ready)
        message = await _with_digits(turn, text)
    await _tell(turn, parts, entry, message, confidence, asked=asked)


async def give_beside(turn: Turn, parts: Parts, entry: KeptEntry, *, confidence: float) -> None:
    """Give the answer in the middle of something else, which stays open: the digits are for that."""
    _note_heard(turn, entry, confidence, is_sensitive=entry.is_sensitive or turn.heard.is_sensitive)
    await _tell(turn, parts, entry, Outgoing(await answer_text(turn, entry)), confidence)


def _note_heard(turn: Turn, entry: KeptEntry, confidence: float | None, *, is_sensitive: bool) -> None:
    turn.heard = Note(
        kind=turn.heard.kind, entry_id=entry.entry_id, confidence=confidence, is_sensitive=is_sensitive
    )


async def _tell(
    turn: Turn,
    parts: Parts,
    entry: KeptEntry,
    message: Outgoing,
    confidence: float | None,
    *,
    asked: str = "",
) -> None:
    """Give it; on a phone that others read covered, where the entry or her own words are about what is private."""
    note = Note(
        kind="answer", entry_id=entry.entry_id, confidence=confidence, is_sensitive=entry.is_sensitive
    )
    about = f"{asked or clean(turn.incoming.text)}\n{entry.text(DEFAULT).question}"
    if turn.contact.is_quiet and (entry.is_sensitive or parts.private.are_in(about)):
        message = await quiet.cover(turn.connection, turn.contact, message, now=turn.now, _=turn.gettext)
    await turn.tell(turn.contact, message, note=note)


async def answer_text(turn: Turn, entry: KeptEntry) -> str:
    """The answer in her language, filled for her unit, and where it comes from. What no native speaker has read says so and has
    the Vietnamese beside it.
    """
    _ = turn.gettext
    kept = entry.text(turn.contact.language)
    parts = [await filled(turn.connection, kept.answer, turn.contact.unit_id)]
    if not kept.is_reviewed:
        parts.append(_("(Bản này do máy dịch, có thể còn sai. Chưa rõ chị gõ 0 để gặp cán bộ.)"))
        parts.append(await filled(turn.connection, entry.texts["vi"].answer, turn.contact.unit_id))
    if entry.cites and entry.cites_on:
        date = f"{entry.cites_on.month}/{entry.cites_on.year}"
        parts.append(_("Theo {source}, cập nhật {date}.").format(source=entry.cites, date=date))
    elif entry.cites:
        parts.append(_("Theo {source}.").format(source=entry.cites))
    return "\n\n".join(parts)


async def take(turn: Turn, parts: Parts) -> bool:
    """Take the turn if it says whether the answer that she just got is clear. 0 is taken where it always is."""
    conversation = turn.conversation
    if conversation.flow not in {ENTRY_FLOW, UNCLEAR_FLOW}:
        return False
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE}:
        return False
    words = clean(turn.incoming.text)
    digit = parse_digit(words, _HIGHEST)
    offered = conversation.data.get("entries", [])
    if digit == 1 or short_words.says(words, short_words.CLEAR):
        await _is_clear(turn)
    elif digit == 2 or words.startswith(_THUMB_DOWN) or short_words.says(words, short_words.UNCLEAR):
        await _is_unclear(turn)
    elif digit and digit <= len(offered):
        await _give_another(turn, parts, offered, offered[digit - 1])
    elif digit:
        await turn.say(
            turn.gettext(
                "Dạ, chị gõ 1 nếu đã rõ, 2 nếu chưa rõ, 0 để hỏi cán bộ; muốn xem em giúp được gì, chị gõ MENU."
            )
        )
    else:
        return False
    return True


async def hear_what_is_unclear(turn: Turn, words: str) -> None:
    """What she writes now is a new question; where it begins by saying that the answer was not clear, it also says that."""
    if turn.conversation.flow == ENTRY_FLOW and fold(words).startswith(_STILL_UNCLEAR):
        await _record(turn, is_clear=False)
        turn.conversation.flow = UNCLEAR_FLOW


async def _with_digits(turn: Turn, text: str) -> Outgoing:
    _ = turn.gettext
    spelled = await turn.connection.execute(
        sa.update(contacts)
        .where(contacts.c.id == turn.contact.contact_id, contacts.c.answers_explained < _EXPLAINED)
        .values(answers_explained=contacts.c.answers_explained + 1)
    )
    if spelled.rowcount:
        digits = _("1 đã rõ · 2 chưa rõ · 0 hỏi cán bộ")
        text = f"{text}\n\n{digits}"
    choices = (Choice("1", _("Đã rõ")), Choice("2", _("Chưa rõ")), Choice("0", _("Hỏi cán bộ")))
    return Outgoing(text, choices)


async def _is_clear(turn: Turn) -> None:
    _ = turn.gettext
    data = turn.conversation.data
    await _record(turn, is_clear=True)
    is_private = bool(data.get("sensitive"))
    if data.get("urgent"):  # Words of danger are never lost by politeness.
        names = ("asked", "asked_in", "asking", "urgent", "sensitive")
        turn.conversation.begin("", "", **{name: data[name] for name in names if name in data})
    else:
        turn.conversation.end()
    if is_private:
        await turn.say(_("Dạ. Chị cần gì cứ nhắn em nghen, lúc nào cũng được."))
    else:
        await turn.say(_("Dạ, em mừng quá. Chị cần gì cứ nhắn em nghen."))


async def _is_unclear(turn: Turn) -> None:
    _ = turn.gettext
    await _record(turn, is_clear=False)
    turn.conversation.flow = UNCLEAR_FLOW
    turn.conversation.data = {**turn.conversation.data, "entries": []}
    await turn.say(
        _("Dạ, chị còn chưa rõ chỗ nào, chị nhắn em nghe; hoặc gõ 0, em chuyển cho cán bộ Hội trả lời chị."),
        Choice("0", _("Hỏi cán bộ")),
    )


async def _give_another(turn: Turn, parts: Parts, offered: list[str], entry_id: str) -> None:
    """She reads one more of the list that she was shown."""
    book = await parts.answers.current(turn.connection)
    entry = book.entries.get(entry_id)
    asked = lying_ready.words(turn.conversation)
    if entry is None or not entry.is_on:
        await turn.say(
            turn.gettext("Dạ, câu đó em chưa trả lời được lúc này. Chị gõ 0, em chuyển cho cán bộ Hội.")
        )
        return
    await give(turn, parts, entry, asked=asked, offered=offered)


async def _record(turn: Turn, *, is_clear: bool) -> None:
    if asking_id := turn.conversation.data.get("asking"):
        await askings.verdict(turn.connection, int(asking_id), is_clear=is_clear)
