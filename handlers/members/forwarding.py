"""A member asks a person: from "0" to the tracking code, and what she says to the answer when it has come."""

from dataclasses import replace
from typing import Any

from bot.channels.contract import Choice, IncomingKind
from bot.keywords import Keywords
from bot.people import units
from bot.people.parsing import parse_digit, parse_yes_no
from bot.questions import asking, edits, enclosures, record
from bot.questions import open as questions
from bot.questions.post import Post
from bot.questions.record import Question
from bot.questions.routing import Desk
from bot.store.tables.questions import StepKind
from bot.text import clean, cut, squeeze
from bot.turn import Turn
from handlers.members import lying_ready, safety, verdict
from handlers.members.form import BACK, LEAVE
from handlers.members.profile_fields import UNIT
from handlers.parts import Parts

FLOW = "forward"
_SHOWN_UNITS = 400  # Enough to know her own question by.
_CONFIRM, _TEXT, _UNIT = "confirm", "text", "unit"
_REWRITE = Keywords("viết lại", "ghi lại") | BACK
_SKIP = {"boqua", "khongbiet", "kobiet"}


async def offer(
    turn: Turn,
    parts: Parts,
    *,
    text: str | None,
    asked_in: str = "",
    urgent: bool = False,
    sensitive: bool = False,
) -> None:
    """Begin to ask a cadre. `text` is her question if she has written it already, in the message `asked_in`: she is asked
    whether to pass it on. Without it a wish for a cadre is about what lies ready, if anything does.
    """
    data = turn.conversation.data
    if text is None and turn.conversation.flow == FLOW and await _take_wish(turn, parts, data):
        return
    words = record.bounded(text or "")
    if text is None and lying_ready.is_private(turn.conversation):
        turn.hide_words()
        words, asked_in = lying_ready.words(turn.conversation), data.get("asked_in", "")
        urgent, sensitive = data.get("urgent", False), data.get("sensitive", False)
    if not words:
        await _ask_text(turn, urgent=urgent, sensitive=sensitive)
        return
    await _ask_confirmation(turn, words, asked_in=asked_in, urgent=urgent, sensitive=sensitive)


async def take(turn: Turn, parts: Parts) -> bool:
    """Take the turn if she is in the middle of asking a cadre, or was asked whether an answer is clear."""
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE, IncomingKind.MEDIA}:
        return False
    if turn.conversation.flow != FLOW:
        return await verdict.take(turn, parts)
    words = clean(turn.incoming.text)
    data = turn.conversation.data
    if data.get("sensitive"):
        turn.hide_words()
    if words in LEAVE:
        turn.conversation.end()
        await turn.say(left(turn))
        return True
    match turn.conversation.step:
        case "text":
            await _take_text(turn, parts, data, words)
        case "unit":
            await _take_unit(turn, parts, data, words)
        case _:
            await _take_confirmation(turn, parts, data, words)
    return True


def left(turn: Turn) -> str:
    """What she is told when she does not go on asking a cadre."""
    return turn.gettext("Dạ, em không chuyển. Chị cần gì cứ nhắn em nghen.")


def expected(turn: Turn) -> str:
    """What she is being asked for while she is asking a cadre."""
    _ = turn.gettext
    match turn.conversation.step:
        case "text":
            return _("Dạ, chị viết câu hỏi bằng chữ giúp em nghen; hoặc gõ THÔI nếu không hỏi nữa.")
        case "unit":
            return _("Chị ở xã/phường nào để em chuyển đúng cán bộ nơi đó? Gõ 0 để bỏ qua.")
        case _:
            return _("Chị gõ 1 để chuyển, 2 để viết lại, hoặc THÔI để bỏ.")


async def take_verdict(turn: Turn, parts: Parts) -> bool:
    """Take "đã rõ", "chưa rõ" and replies to the answer itself, at any moment and whatever else is being asked."""
    return await verdict.take_anywhere(turn, parts)


async def take_edit(turn: Turn, parts: Parts) -> bool:
    """She changed a message that we have had: if it was a question that is not answered yet, the cadre gets the new words.

    No platform says what the message was before; it is known by its likeness. Of everything else only words of danger
    are heard: they are answered however they came.
    """
    words = record.bounded(turn.incoming.text)
    is_danger = parts.safety.check(words) is not None
    if is_danger:
        turn.hide_words()
    has_the_numbers = turn.conversation.flow == FLOW and turn.conversation.data.get("urgent")
    if words:
        await _take_edited_question(turn, parts, words, is_danger=is_danger)
    if is_danger and not has_the_numbers:
        turn.incoming = replace(turn.incoming, kind=IncomingKind.TEXT)
        await safety.take(turn, parts)
    return True


async def _take_edited_question(turn: Turn, parts: Parts, words: str, *, is_danger: bool) -> None:
    data = turn.conversation.data
    corrected = lying_ready.corrected(turn.conversation, words) if turn.conversation.flow == FLOW else None
    if corrected is not None:
        marks = {"urgent": True, "sensitive": True} if is_danger else {}
        turn.conversation.data = {**data, "text": corrected, **marks}
        if data.get("sensitive"):
            turn.hide_words()
        return
    for question in await questions.of_person(turn.connection, turn.contact):
        if not question.is_open or question.contact_id != turn.contact.contact_id:
            continue
        if turn.now - question.asked_at <= edits.WITHIN and await _is_edited(turn, question, words):
            verdict.hold_words(turn, question)
            post = Post.of(turn, parts.languages)
            await asking.add(post, question.question_id, words, speaks_of_danger=is_danger)
            await turn.say(
                turn.gettext("Dạ, em báo cán bộ chỗ chị vừa sửa (câu hỏi mã {code}).").format(
                    code=question.question_id
                )
            )
            return


async def _ask_text(turn: Turn, *, urgent: bool, sensitive: bool, withdrawn: str = "") -> None:
    """Ask for her question; `withdrawn` is the one that she wants to write anew."""
    _ = turn.gettext
    turn.conversation.begin(FLOW, _TEXT, urgent=urgent, sensitive=sensitive, withdrawn=withdrawn)
    await turn.say(
        _("Dạ, chị ghi câu hỏi vào tin nhắn kế tiếp, em chuyển cho cán bộ Hội. Gõ THÔI nếu không hỏi nữa.")
    )


async def _ask_confirmation(turn: Turn, words: str, *, asked_in: str, urgent: bool, sensitive: bool) -> None:
    _ = turn.gettext
    turn.conversation.begin(FLOW, _CONFIRM, text=words, asked_in=asked_in, urgent=urgent, sensitive=sensitive)
    if "\n" in words:
        text = _("Em chuyển hết mấy lời chị vừa nhắn cho cán bộ nghen? 1 = chuyển, 2 = viết lại, thôi = bỏ.")
    else:
        text = _("Em chuyển câu này cho cán bộ nghen? 1 = chuyển, 2 = viết lại, thôi = bỏ.")
    if not (
        sensitive or turn.contact.is_quiet
    ):  # Else whoever looks at her phone would read it a second time.
        text = _(
            "Em chuyển câu này cho cán bộ nghen: «{words}»\n1 = chuyển, 2 = viết lại, thôi = bỏ."
        ).format(words=cut(words, _SHOWN_UNITS))
    if not sensitive and (count := await _count_files(turn)):
        kept = _("Câu hỏi có kèm {count} hình hay tập tin chị vừa gửi.").format(count=count)
        text = f"{text}\n{kept}"
    await turn.say(
        text,
        Choice("1", _("Chuyển")),
        Choice("2", _("Viết lại")),
        Choice("thôi", _("Bỏ")),
    )


async def _count_files(turn: Turn) -> int:
    """How many files go along with a question that she asks now."""
    count = await enclosures.count_just_sent(turn.connection, turn.contact, turn.now)
    return count + (len(turn.incoming.files) if turn.keeps_files else 0)


async def _going_along(turn: Turn, count: int, code: int, desk: Desk | None) -> str:
    """What becomes of the files: not every platform takes them, but officers can open them in the console."""
    _ = turn.gettext
    kinds = {enclosed.kind for enclosed in await enclosures.of_question(turn.connection, code)}
    kinds |= {file.kind for file in turn.incoming.files}
    if desk is None or all(turn.outbox.carries(desk.contact, kind) for kind in kinds):
        return _("Em gửi kèm {count} hình hay tập tin chị vừa gửi.").format(count=count)
    return _(
        "Còn {count} hình hay tập tin chị vừa gửi, em giữ cùng câu hỏi để cán bộ phụ trách của Hội mở xem."
    ).format(count=count)


async def _take_confirmation(turn: Turn, parts: Parts, data: dict[str, Any], words: str) -> None:
    digit, answer = parse_digit(words, 9), parse_yes_no(words)
    if await _take_wish(turn, parts, data):
        return
    if digit == 0 or (answer is True):
        await _go_on(turn, parts, data)
    elif answer is False or words in _REWRITE:
        await _write_anew(turn, data)
    elif digit is not None or not _says_something(words):
        await turn.say(turn.gettext("Chị gõ 1 để chuyển, 2 để viết lại, hoặc THÔI để bỏ."))
    else:  # She has written it anew already; what is grave stays, with the new words below it.
        is_added = lying_ready.is_private(turn.conversation)
        await _ask_confirmation(
            turn,
            lying_ready.below(data["text"], words) if is_added else record.bounded(words),
            asked_in=data["asked_in"] if is_added else turn.incoming.message_id,
            urgent=data["urgent"],
            sensitive=data["sensitive"],
        )


async def _write_anew(turn: Turn, data: dict[str, Any]) -> None:
    await _ask_text(turn, urgent=data["urgent"], sensitive=data["sensitive"], withdrawn=data["text"])


async def _take_wish(turn: Turn, parts: Parts, data: dict[str, Any]) -> bool:
    """Take it that she wants a cadre while she is asking one: that is a yes to what lies ready, and no question by itself."""
    if clean(turn.incoming.text) not in lying_ready.WISH:
        return False
    if data.get("text"):
        await _go_on(turn, parts, data)
    elif data.get("withdrawn"):
        await _ask_confirmation(
            turn, data["withdrawn"], asked_in="", urgent=data["urgent"], sensitive=data["sensitive"]
        )
    else:
        return False
    return True


async def _take_text(turn: Turn, parts: Parts, data: dict[str, Any], words: str) -> None:
    if not _says_something(words):
        await turn.say(
            turn.gettext("Dạ, chị viết câu hỏi bằng chữ giúp em nghen; hoặc gõ THÔI nếu không hỏi nữa.")
        )
        return
    if await _take_wish(turn, parts, data):
        return
    await _go_on(turn, parts, {**data, "text": record.bounded(words), "asked_in": turn.incoming.message_id})


async def _go_on(turn: Turn, parts: Parts, data: dict[str, Any]) -> None:
    """Ask for her commune if nobody knows it; what is urgent does not wait for that."""
    if turn.contact.unit_id is not None or data["urgent"]:
        await _pass_on(turn, parts, data, turn.contact.unit_id)
        return
    _ = turn.gettext
    turn.conversation.begin(FLOW, _UNIT, **data)
    await turn.say(
        _("Chị ở xã/phường nào để em chuyển đúng cán bộ nơi đó? Gõ 0 để bỏ qua."), Choice("0", _("Bỏ qua"))
    )


async def _take_unit(turn: Turn, parts: Parts, data: dict[str, Any], words: str) -> None:
    if squeeze(words[:40]) in _SKIP or (parse_digit(words, 0) == 0 and not data.get("unit_choices")):
        await _pass_on(turn, parts, data, None)
        return
    if words in _REWRITE:
        await _write_anew(turn, data)
        return
    expected = await UNIT.take(turn, parts, data)
    if expected is None:
        await _pass_on(turn, parts, data, data["unit_id"])
    elif expected:
        await turn.say(expected + " " + turn.gettext("Gõ 0 để bỏ qua."))


async def _pass_on(turn: Turn, parts: Parts, data: dict[str, Any], unit_id: int | None) -> None:
    """Hand the question over and tell her the code. The flow ends here: a second tap finds nothing to do again."""
    _ = turn.gettext
    turn.conversation.end()
    count = 0 if data["sensitive"] else await _count_files(turn)
    code, desk = await asking.ask(
        Post.of(turn, parts.languages),
        turn.contact,
        data["text"],
        unit_id=unit_id,
        is_urgent=data["urgent"],
        is_sensitive=data["sensitive"],
        message_id=data.get("asked_in", ""),
    )
    turn.heard = replace(turn.heard, question_id=code)
    if desk is None:
        done = _("Dạ, em đã gửi câu hỏi của chị tới hộp thư của cán bộ Hội.")
    else:
        place = await units.name_of(turn.connection, desk.unit_id)
        done = _("Dạ, em đã chuyển câu hỏi của chị cho cán bộ ở {place}.").format(place=place)
    if count:
        done = f"{done} {await _going_along(turn, count, code, desk)}"
    await turn.say(
        "\n".join(
            [
                done,
                _("Chị giữ mã {code}; gõ TRACUU {code} để hỏi thăm.").format(code=code),
                _what_to_expect(turn, is_urgent=data["urgent"]),
            ]
        )
    )


def _what_to_expect(turn: Turn, *, is_urgent: bool) -> str:
    """When an answer comes; for who is in danger, what to do meanwhile. It never says of what: somebody else may be reading."""
    _ = turn.gettext
    if is_urgent:
        return _(
            "Em có ghi rõ cho cán bộ biết đây là việc gấp. Nếu chị đang gặp nguy hiểm, chị đừng đợi trả lời: gọi liền 113 (công an), 115 (cấp cứu), 111 (trẻ em) hoặc 1900 96 96 80 (tư vấn), hay chạy sang nhà người chị tin. Chị cần gì cứ nhắn em nghen, em ở đây."
        )
    return _(
        "Thường cán bộ trả lời trong 1 đến 2 ngày làm việc. Việc gấp chị gọi 113 (công an), 115 (cấp cứu), 111 (trẻ em)."
    )


def _says_something(words: str) -> bool:
    return sum(c.isalpha() for c in words) >= 2


async def _is_edited(turn: Turn, question: Question, words: str) -> bool:
    added = await record.latest_words(turn.connection, question.question_id, StepKind.ADDED)
    return words not in {added, question.text} and any(
        edits.is_edit_of(before, words) for before in (added, question.text)
    )
