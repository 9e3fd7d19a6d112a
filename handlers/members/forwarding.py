"""A member asks a person: from "0" to the tracking code, and what she says to the answer when it has come."""

from dataclasses import replace
from typing import Any

from bot.alerts import record as alerts
from bot.alerts import writing_with_her
from bot.alerts.record import Alert
from bot.answers import askings, near
from bot.channels.contract import Choice, IncomingKind
from bot.keywords import Keywords
from bot.people import units
from bot.people.parsing import parse_digit, parse_yes_no
from bot.questions import asking, enclosures, record
from bot.questions.post import Post
from bot.questions.routing import Desk
from bot.text import clean, cut, squeeze
from bot.turn import Conversation, Turn
from handlers.members import lying_ready, safety, short_words, verdict
from handlers.members.form import BACK, LEAVE
from handlers.members.profile_fields import UNIT
from handlers.parts import Parts

FLOW = "forward"
_SHOWN_UNITS = 400  # Enough to know her own question by.
_CONFIRM, _TEXT, _UNIT = "confirm", "text", "unit"
_REWRITE = Keywords("viết lại", "ghi lại") | BACK
_REFUSALS = Keywords(
    *(
        " ".join(filter(None, (enough, refused, end)))
        for enough in ("", "thôi")
        for refused in (
            "không cần", "ko cần", "hông cần", "hổng cần", "khỏi", "khỏi cần", "khỏi hỏi", "khỏi chuyển", "không chuyển", "đừng chuyển",
            "không hỏi", "không gửi", "đừng gửi", "khỏi gửi", "bỏ", "bỏ đi", "dẹp", "không muốn", "để sau", "để bữa khác",
        )
        for end in ("", "nữa", "đâu", "nữa đâu")
    ),
    "thôi không", "thôi được rồi", "không muốn hỏi nữa", "មិនត្រូវការទេ", "មិនបាច់ទេ", "អត់បាច់ទេ", "ឈប់",
)  # fmt: skip
_SKIP = {"boqua", "khongbiet", "kobiet"}


async def offer(
    turn: Turn,
    parts: Parts,
    *,
    text: str | None,
    asked_in: str = "",
    asking_id: int | None = None,
    urgent: bool = False,
    sensitive: bool = False,
) -> None:
    """Begin to ask a cadre. `text` is her question if she has written it already, in the message `asked_in`, and `asking_id`
    what the FAQ made of it: she is asked whether to pass it on. Without it a wish for a cadre is about what lies ready, if anything does.
    """
    data = turn.conversation.data
    if text is None and turn.conversation.flow == FLOW and await _take_wish(turn, parts, data):
        return
    words = record.bounded(text or "")
    if text is None and lying_ready.is_private(turn.conversation):
        turn.hide_words()
        words, asked_in = lying_ready.words(turn.conversation), data.get("asked_in", "")
        asking_id = data.get("asking")
        urgent, sensitive = data.get("urgent", False), data.get("sensitive", False)
    if not words:
        await _ask_text(turn, urgent=urgent, sensitive=sensitive)
        return
    await _ask_confirmation(
        turn, words, asked_in=asked_in, asking_id=asking_id, urgent=urgent, sensitive=sensitive
    )


async def pass_on_what_lies_ready(turn: Turn, parts: Parts) -> None:
    """She was asked whether, or from where, to pass her question on, and wants a cadre: that is a yes."""
    await _go_on(turn, parts, turn.conversation.data)


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
    if words in LEAVE or refuses(words):
        await _leave(turn, data)
        return True
    match turn.conversation.step:
        case "text":
            await _take_text(turn, parts, data, words)
        case "unit":
            await _take_unit(turn, parts, data, words)
        case _:
            await _take_confirmation(turn, parts, data, words)
    return True


def refuses(words: str) -> bool:
    """Whether a whole message says that she wants no cadre to be asked: a bare no is one, 2 is not."""
    return any(short_words.says(words, refusal) for refusal in (short_words.NO, _REFUSALS))


async def _leave(turn: Turn, data: dict[str, Any]) -> None:
    """She does not go on; whoever is in danger is still asked whether she is safe, and her words still lie ready."""
    alert = await alerts.open_of(turn.connection, turn.contact, now=turn.now) if data.get("urgent") else None
    if alert is None:
        turn.conversation.end()
    else:
        safety.ask_still(turn, alert)
    await turn.say(left(turn))


def offered(turn: Turn) -> tuple[Choice, ...]:
    """The buttons of what she is being asked for."""
    _ = turn.gettext
    match turn.conversation.step:
        case "confirm":
            return (Choice("1", _("Chuyển")), Choice("2", _("Viết lại")), Choice("thôi", _("Bỏ")))
        case "unit":
            return (Choice("0", _("Bỏ qua")),)
        case _:
            return ()


def left(turn: Turn) -> str:
    """What she is told when she does not go on asking a cadre."""
    return turn.gettext("Dạ, em không chuyển. Chị cần gì cứ nhắn em nghen.")


def asks_for_no_words(conversation: Conversation) -> bool:
    """Whether she is asking a cadre, and what she is asked for now is not her question itself."""
    return conversation.flow == FLOW and conversation.step != _TEXT


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


async def _ask_text(turn: Turn, *, urgent: bool, sensitive: bool, withdrawn: str = "") -> None:
    """Ask for her question; `withdrawn` is the one that she wants to write anew."""
    _ = turn.gettext
    turn.conversation.begin(FLOW, _TEXT, urgent=urgent, sensitive=sensitive, withdrawn=withdrawn)
    await turn.say(
        _("Dạ, chị ghi câu hỏi vào tin nhắn kế tiếp, em chuyển cho cán bộ Hội. Gõ THÔI nếu không hỏi nữa.")
    )


async def _ask_confirmation(
    turn: Turn,
    words: str,
    *,
    asked_in: str,
    urgent: bool,
    sensitive: bool,
    asking_id: int | None = None,
) -> None:
    _ = turn.gettext
    turn.conversation.begin(
        FLOW, _CONFIRM, text=words, asked_in=asked_in, asking=asking_id, urgent=urgent, sensitive=sensitive
    )
    if "\n" in words:  # How much it is, not what: somebody may be reading over her shoulder.
        text = _(
            "Em chuyển cho cán bộ {count} lời chị vừa nhắn, từ lời đầu tới lời mới nhất nghen? 1 = chuyển, 2 = viết lại, thôi = bỏ."
        ).format(count=len(words.split("\n")))
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
    await turn.say(text, *offered(turn))


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
            asking_id=data.get("asking") if is_added else None,
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
    await turn.say(_("Chị ở xã/phường nào để em chuyển đúng cán bộ nơi đó? Gõ 0 để bỏ qua."), *offered(turn))


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
    alert = await alerts.lock_open_of(turn.connection, turn.contact, now=turn.now) if data["urgent"] else None
    if alert is not None and alert.question_id is not None:
        safety.go_on_asking(turn, alert)
        await _add_to_urgent(turn, parts, data, alert, alert.question_id)
        return
    if await alerts.keeps_from_local(turn.connection, turn.contact):
        unit_id = None  # Then no desk near her home gets it.
    count = 0 if data["sensitive"] else await _count_files(turn)
    post, text = Post.of(turn, parts.languages), data["text"]
    asked: dict[str, Any] = {
        "unit_id": unit_id,
        "is_sensitive": data["sensitive"],
        "message_id": data.get("asked_in", ""),
        "entry_id": await _nearest_entry(turn, parts, text),
    }
    if alert is None:
        code, desk = await asking.ask(post, turn.contact, text, is_urgent=data["urgent"], **asked)
    else:
        code, desk = await writing_with_her.ask(post, turn.contact, text, alert, **asked)
    turn.heard = replace(turn.heard, question_id=code)
    await _follow_asking(turn, data, code)
    if alert is not None:
        safety.go_on_asking(turn, alert)
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


async def _add_to_urgent(turn: Turn, parts: Parts, data: dict[str, Any], alert: Alert, code: int) -> None:
    """Those on duty write with her through one question: what she asks meanwhile is more of it."""
    turn.heard = replace(turn.heard, question_id=code)
    await writing_with_her.add(Post.of(turn, parts.languages), alert, data["text"], speaks_of_danger=True)
    done = turn.gettext("Dạ, em đã chuyển thêm cho cán bộ. Mã vẫn là {code}.").format(code=code)
    await turn.say(f"{done}\n{_what_to_expect(turn, is_urgent=True)}")


async def _nearest_entry(turn: Turn, parts: Parts, words: str) -> str | None:
    """The entry that the cadre is offered to answer with; None where hardly any fits."""
    book = await parts.answers.current(turn.connection)
    at = await units.line(turn.connection, turn.contact.unit_id)
    found = near(book.search(words, at=at))
    return book.in_place_of(book.entries[found[0]], at).entry_id if found else None


async def _follow_asking(turn: Turn, data: dict[str, Any], code: int) -> None:
    """What the FAQ could not answer is known to have become this question: its answer says what was meant.

    What she has written anew, or beside the FAQ, may be worded as she asked before.
    """
    asking_id = data.get("asking") or await askings.just_asked(
        turn.connection, turn.contact.contact_id, data["text"], now=turn.now
    )
    if asking_id is not None:
        await askings.asked_a_cadre(turn.connection, asking_id, code)


def _what_to_expect(turn: Turn, *, is_urgent: bool) -> str:
    """When an answer comes; for who is in danger, what to do meanwhile. It never says of what: somebody else may be reading."""
    _ = turn.gettext
    if is_urgent:
        return _(
            "Em có ghi rõ cho cán bộ biết đây là việc gấp. Nếu chị đang gặp nguy hiểm, chị đừng đợi trả lời: gọi liền 113 (công an), 115 (cấp cứu), 111 (trẻ em), hay chạy sang nhà người chị tin. Chị cần gì cứ nhắn em nghen, em ở đây."
        )
    return _(
        "Thường cán bộ trả lời trong 1 đến 2 ngày làm việc. Việc gấp chị gọi 113 (công an), 115 (cấp cứu), 111 (trẻ em)."
    )


def _says_something(words: str) -> bool:
    return sum(c.isalpha() for c in words) >= 2
