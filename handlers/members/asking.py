"""Answering a question: outright when the match is good, by up to three suggestions when it is not, by a cadre otherwise."""

from typing import Any

from bot.answers import Rung, choose
from bot.answers.book import KeptEntry, filled
from bot.channels.contract import Choice, Outgoing
from bot.people import quiet
from bot.people.parsing import parse_digit
from bot.said import Note
from bot.text import clean, cut, squeeze
from bot.turn import Turn
from handlers.members import forwarding, lying_ready, menu
from handlers.parts import Parts

_SUGGEST = "suggest"
_ASK_A_PERSON = "HELP-02"  # The entry that is not an answer but a wish: it is granted at once.
_JOINING = {"MEM-01", "MEM-02", "MEM-09"}
"""The entries about who may join and how: while they are off, whoever asks is told at least the word that begins it."""
_TOPIC_QUESTIONS = 8  # As many numbered lines as fit a small screen.
_LABEL_UNITS = 60


async def take(turn: Turn, parts: Parts) -> bool:
    """Everything that nobody took is a question. Always takes the turn."""
    words = clean(turn.incoming.text)
    open_entries = turn.conversation.data.get("entries", []) if turn.conversation.flow == _SUGGEST else []
    picked = parse_digit(words, max(len(open_entries), menu.HIGHEST))
    asked = turn.conversation.data.get("asked", "")
    if picked == 0:
        data = turn.conversation.data
        await forwarding.offer(
            turn,
            parts,
            text=asked or None,
            asked_in=data.get("asked_in", ""),
            urgent=data.get("urgent", False),
            sensitive=data.get("sensitive", False),
        )
    elif picked is not None and picked <= len(open_entries):
        await _answer_picked(turn, parts, open_entries[picked - 1], asked)
    elif picked is not None and not open_entries:
        await _take_menu(turn, parts, picked)
    elif picked is not None:
        await turn.say(
            turn.gettext("Chị gõ một số từ 1 đến {highest}, hoặc 0 để hỏi cán bộ.").format(
                highest=len(open_entries)
            )
        )
    elif not squeeze(words):
        await turn.say(
            turn.gettext("Chị viết giúp em bằng chữ điều chị muốn hỏi, hoặc gõ MENU để xem em giúp được gì.")
        )
    else:
        await _take_question(turn, parts, words)
    return True


async def answer_entry(
    turn: Turn, parts: Parts, entry: KeptEntry, *, confidence: float | None = None, asked: str = ""
) -> None:
    """Give an entry's answer, and remember what was asked in case she wants a person."""
    if entry.entry_id == _ASK_A_PERSON:
        await forwarding.offer(turn, parts, text=None)
        return
    text = await answer_text(turn, entry)
    note = Note(
        kind="answer", entry_id=entry.entry_id, confidence=confidence, is_sensitive=entry.is_sensitive
    )
    ready = _ready(turn, asked, sensitive=entry.is_sensitive)
    turn.heard = Note(
        kind=turn.heard.kind, entry_id=entry.entry_id, confidence=confidence, is_sensitive=ready["sensitive"]
    )
    message = Outgoing(text)
    if entry.is_sensitive and turn.contact.is_quiet:
        message = await quiet.cover(turn.connection, turn.contact, message, now=turn.now, _=turn.gettext)
    turn.conversation.begin("", "", **ready)  # In case she wants a person now: "0".
    await turn.tell(turn.contact, message, note=note)


async def answer_text(turn: Turn, entry: KeptEntry) -> str:
    """The answer in her language, filled for her unit. What no native speaker has read says so, and safety is doubled in Vietnamese."""
    kept = entry.text(turn.contact.language)
    text = await filled(turn.connection, kept.answer, turn.contact.unit_id)
    if not kept.is_reviewed:
        unread = turn.gettext("(Bản này do máy dịch, có thể còn sai. Chưa rõ chị gõ 0 để gặp cán bộ.)")
        text = f"{text}\n\n{unread}"
        if entry.escalate == "urgent":
            text = (
                f"{text}\n\n{await filled(turn.connection, entry.texts['vi'].answer, turn.contact.unit_id)}"
            )
    return text


async def _answer_picked(turn: Turn, parts: Parts, entry_id: str, asked: str) -> None:
    book = await parts.answers.current(turn.connection)
    entry = book.entries.get(entry_id)
    if entry is None or not entry.is_on:  # Switched off since it was suggested.
        await _offer_cadre(turn, asked, sensitive=turn.conversation.data.get("sensitive", False))
        return
    await answer_entry(turn, parts, entry, asked=asked)


async def _take_question(turn: Turn, parts: Parts, words: str) -> None:
    book = await parts.answers.current(turn.connection)
    matches = book.search(words)
    decision = choose(matches)
    found = [book.entries[entry_id] for entry_id in decision.entry_ids]
    best = matches[0] if matches else None
    is_sensitive = any(entry.is_sensitive for entry in found)
    if is_sensitive:
        turn.hide_words()
    match decision.rung:
        case Rung.ANSWER if best is not None and found[0].is_on:
            await answer_entry(turn, parts, found[0], confidence=best.confidence, asked=words)
        case Rung.SUGGEST if found[0].is_on:
            offered = [entry for entry in found if entry.is_on]
            await _suggest(turn, offered, words, sensitive=is_sensitive)
        case _:
            is_joining = bool(found) and found[0].entry_id in _JOINING
            await _offer_cadre(turn, words, sensitive=is_sensitive, is_joining=is_joining)


async def _suggest(turn: Turn, offered: list[KeptEntry], asked: str, *, sensitive: bool) -> None:
    _ = turn.gettext
    lead, none = _("Có phải chị muốn hỏi:"), _("Không phải, hỏi cán bộ")
    await _list_questions(turn, lead, offered, asked, none=none, sensitive=sensitive)


async def _list_questions(
    turn: Turn, lead: str, offered: list[KeptEntry], asked: str, *, none: str, sensitive: bool = False
) -> None:
    labels = [entry.text(turn.contact.language).question for entry in offered]
    lines = [f"{i}. {label}" for i, label in enumerate(labels, 1)]
    buttons = [Choice(str(i), cut(label, _LABEL_UNITS)) for i, label in enumerate(labels, 1)]
    # The questions of a list tell as much as an answer.
    is_sensitive = sensitive or any(entry.is_sensitive for entry in offered)
    turn.conversation.begin(
        _SUGGEST,
        "",
        entries=[entry.entry_id for entry in offered],
        **_ready(turn, asked, sensitive=is_sensitive),
    )
    message = Outgoing("\n".join([lead, *lines, f"0. {none}"]), (*buttons, Choice("0", none)))
    if is_sensitive:
        message = await quiet.cover(turn.connection, turn.contact, message, turn.now, turn.gettext)
    await turn.tell(turn.contact, message, note=Note(kind="suggestion", is_sensitive=is_sensitive))


async def _offer_cadre(turn: Turn, asked: str, *, sensitive: bool, is_joining: bool = False) -> None:
    """No certain answer: never guess, offer a person. The next digit is 0 or the menu's."""
    _ = turn.gettext
    turn.conversation.begin(_SUGGEST, "", entries=[], **_ready(turn, asked, sensitive=sensitive))
    if is_joining:
        said = _(
            "Dạ, chị muốn ghi tên vào Hội thì gõ DANGKY. Còn câu này em chưa có câu trả lời chắc chắn: chị gõ 0, em chuyển cho cán bộ Hội trả lời chị; hoặc chị hỏi lại bằng lời khác."
        )
    else:
        said = _(
            "Dạ, câu này em chưa có câu trả lời chắc chắn. Chị gõ 0, em chuyển cho cán bộ Hội trả lời chị; hoặc chị hỏi lại bằng lời khác."
        )
    await turn.say(said, Choice("0", _("Hỏi cán bộ")), note=Note(kind="no_answer"))


def _ready(turn: Turn, asked: str, *, sensitive: bool) -> dict[str, Any]:
    """What lies ready for 0 from now on: what she asked, below what must not be lost by it.

    Words of danger must not; nor what is private, until it has been answered: then it is not passed on with her next question.
    """
    before, is_urgent = turn.conversation, bool(turn.conversation.data.get("urgent"))
    if lying_ready.is_private(before) and (is_urgent or before.flow == _SUGGEST):
        turn.hide_words()
        asked, sensitive = lying_ready.below(lying_ready.words(before), asked), True
    else:
        is_urgent = False
    return {"asked": asked, "asked_in": _asked_in(turn, asked), "urgent": is_urgent, "sensitive": sensitive}


def _asked_in(turn: Turn, asked: str) -> str:
    """The platform's id of the message in which she asked this: of this turn, or of the one before that is still open."""
    if asked and clean(turn.incoming.text) == asked:
        return turn.incoming.message_id
    return str(turn.conversation.data.get("asked_in", "")) if asked else ""


async def _take_menu(turn: Turn, parts: Parts, picked: int) -> None:
    _ = turn.gettext
    if picked == menu.FEEDBACK:
        await forwarding.offer(turn, parts, text=None)
    elif picked == menu.SETTINGS:
        turn.conversation.end()
        await turn.say(settings_text(turn))
    else:
        book = await parts.answers.current(turn.connection)
        topics = menu.MENU[picked]
        offered = book.of_topics(topics)[:_TOPIC_QUESTIONS]
        if not offered:  # Officers have switched on none of them yet.
            await _offer_cadre(turn, "", sensitive=False)
            return
        lead = _("Chị muốn hỏi về {topic}:").format(topic=book.topic_names.get(topics[0], ""))
        await _list_questions(turn, lead, offered, "", none=_("Hỏi cán bộ"))


def settings_text(turn: Turn) -> str:
    return turn.gettext(
        "Chị gõ:\n"
        "• NGUNG: thôi nhận tin báo. NHANTIN: nhận lại. CHUDE: chọn loại tin muốn nhận.\n"
        "• KIN: chế độ kín, em không chủ động nhắn và không hiện điều riêng tư. HETKIN: thôi chế độ kín.\n"
        "• HOSO: xem thông tin của chị. SUAHOSO: sửa. XOA: xóa hết.\n"
        "• KHMER: nói tiếng Khmer. TIENGVIET: nói tiếng Việt."
    )
