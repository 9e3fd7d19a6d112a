"""What duty staff are asked about an alert in their chats, and where the chat stands meanwhile: see `alerting` for what their answers do."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from bot.alerts import telling
from bot.alerts.colleagues import Colleague
from bot.alerts.letters import FLOW
from bot.alerts.record import Alert
from bot.channels.contract import Choice
from bot.phone import display_phone
from bot.questions.letters import moment
from bot.questions.post import Post
from bot.said import Note
from bot.text import cut
from bot.turn import Turn
from handlers.cadres.alerting_words import Typed, Verb
from handlers.parts import Parts

ACTING = "alert_act"
"""She is asked something about an alert. Another name than that of the letters: one that comes meanwhile changes nothing."""

NOTE = Note(kind=telling.KIND, is_sensitive=True)
MOST_LISTED = 9
_MOST_QUOTED, _QUOTED_UNITS = 3, 200


class Step(StrEnum):
    WHOM = "whom"  # To whom she hands it over.
    NOTE = "note"  # What is to be noted.
    DONE = "done"  # What was done, before it is closed.
    MEANT = "meant"  # Whether "ghi 12 ..." is for the log or for a member.
    NEAR = "near"  # Whether whom she hands it to may know: the woman wants nobody near her home to.
    COLLEAGUE = "colleague"  # Whether whom she named, who takes alerts, is to have it altogether.
    ANYWAY = "anyway"  # Whether it is closed although she is not known to be safe.
    WHICH = "which"  # Which of several she takes on, shows, closes ...; `verb`, `codes`, and `rest`, the words that she has typed already.
    UNSURE = "unsure"  # Whether her words are about the letter just shown.


WORDS = {
    Verb.TAKE: "NHAN",
    Verb.DECLINE: "KHONG",
    Verb.SHOW: "BAODONG",
    Verb.HAND_OVER: "BANGIAO",
    Verb.NOTE: "GHI",
    Verb.CLOSE: "XONG",
    Verb.REOPEN: "MOLAI",
}
"""What is typed for it, and what a button says."""


async def ask_which(turn: Turn, verb: Verb, alerts: Sequence[Alert], *, rest: str = "") -> None:
    """Which of several she takes on, shows, closes ...; the code that she types next is the answer. `rest`: what she wants noted."""
    _ = turn.gettext
    if rest:
        turn.hide_words()
    *first, last = map(str, begin_which(turn, verb, alerts, rest=rest))
    match verb:
        case Verb.TAKE:
            said = _("Chị nhận mã nào: {codes} hay {last}?") if first else _("Chị nhận mã {last} phải không?")
        case Verb.HAND_OVER:
            said = _("Chị bàn giao mã nào: {codes} hay {last}?") if first else _("Chị bàn giao mã {last}?")
        case Verb.NOTE:
            said = _("Chị ghi sổ mã nào: {codes} hay {last}?") if first else _("Chị ghi sổ mã {last}?")
        case Verb.CLOSE:
            said = _("Chị khép mã nào: {codes} hay {last}?") if first else _("Chị khép mã {last}?")
        case _:
            said = _("Chị xem mã nào: {codes} hay {last}?") if first else _("Chị xem mã {last}?")
    how = _("Chị gõ số mã giúp em, hoặc 0 để thôi.")
    lines = [*([f"«{rest}»"] if rest else []), f"{said.format(codes=', '.join(first), last=last)} {how}"]
    await turn.say("\n".join(lines), *code_choices(turn, verb, alerts), note=NOTE)


def begin_which(turn: Turn, verb: Verb, alerts: Sequence[Alert], *, rest: str = "") -> list[int]:
    """From now on the code that she types is the answer. Returns the codes that she may pick."""
    codes = [alert.alert_id for alert in alerts[:MOST_LISTED]]
    turn.conversation.begin(ACTING, Step.WHICH, verb=verb.value, codes=codes, rest=rest)
    return codes


def code_choices(turn: Turn, verb: Verb, alerts: Sequence[Alert]) -> list[Choice]:
    """The buttons: each says itself what it does with which."""
    label = turn.gettext("Mã {code}")
    return [
        Choice(f"{WORDS[verb]} {alert.alert_id}", label.format(code=alert.alert_id))
        for alert in alerts[:MOST_LISTED]
    ]


async def ask_for_words(turn: Turn, parts: Parts, verb: Verb, alert: Alert) -> None:
    """She typed HAND_OVER, NOTE or CLOSE alone: what she writes next goes into the log, whatever it sounds like."""
    turn.hide_words()
    match verb:
        case Verb.HAND_OVER:
            await _ask_whom(turn, parts, alert)
        case Verb.NOTE:
            turn.conversation.begin(ACTING, Step.NOTE, alert=alert.alert_id)
            said = turn.gettext(
                "Chị ghi gì vào sổ mã {code}? Chị viết vào tin kế tiếp. Gõ THÔI nếu không ghi nữa."
            )
            await turn.say(said.format(code=alert.alert_id), note=NOTE)
        case _:
            turn.conversation.begin(ACTING, Step.DONE, alert=alert.alert_id)
            said = turn.gettext(
                "Chị ghi giúp đã làm gì cho chị ấy, em lưu vào sổ rồi khép mã {code}. Gõ THÔI nếu chưa xong."
            )
            await turn.say(said.format(code=alert.alert_id), note=NOTE)


async def _ask_whom(turn: Turn, parts: Parts, alert: Alert) -> None:
    """The phone list of her place as numbers to pick."""
    _ = turn.gettext
    numbers = await telling.phone_list(Post.of(turn, parts.languages), alert)
    listed = [f"{one.name} ({display_phone(one.phone)})" for one in numbers[:MOST_LISTED]]
    turn.conversation.begin(ACTING, Step.WHOM, alert=alert.alert_id, numbers=listed)
    head = _(
        "Chị bàn giao mã {code} cho ai? Chị ghi nơi nhận và tên người nhận, như: công an xã, anh Ba trực ban. Gõ THÔI nếu chưa."
    ).format(code=alert.alert_id)
    lines = [f"{i} = {name}" for i, name in enumerate(listed, 1)]
    await turn.say("\n".join([head, *lines]), note=NOTE)


async def ask_if_meant(turn: Turn, alert: Alert, typed: Typed, words: str) -> None:
    """What sounds like a word for the log may be said to a member: nothing is written or sent unasked."""
    _ = turn.gettext
    turn.hide_words()
    turn.conversation.begin(
        ACTING, Step.MEANT, alert=alert.alert_id, verb=typed.verb.value, rest=typed.rest, text=words
    )
    match typed.verb:
        case Verb.CLOSE:
            asked = _("Câu này để khép mã {code} và ghi vào sổ phải không? 1 = khép, 2 = không.")
            yes = _("Khép")
        case Verb.HAND_OVER:
            asked = _("Câu này để ghi sổ: mã {code} bàn giao cho «{whom}» phải không? 1 = ghi sổ, 2 = không.")
            yes = _("Ghi sổ")
        case Verb.REOPEN:
            asked = _("Chị muốn mở lại mã {code} phải không? 1 = mở lại, 2 = không.")
            yes = _("Mở lại")
        case _:
            asked = _("Câu này để ghi vào sổ mã {code} phải không? 1 = ghi sổ, 2 = không.")
            yes = _("Ghi sổ")
    asked = asked.format(code=alert.alert_id, whom=typed.rest)
    await turn.say(f"«{words}»\n{asked}", Choice("1", yes), Choice("2", _("Không")), note=NOTE)


async def ask_if_near(turn: Turn, alert: Alert, whom: str) -> None:
    """She wants nobody near her home to know: whoever hands it over thinks of that first."""
    _ = turn.gettext
    turn.hide_words()
    turn.conversation.begin(ACTING, Step.NEAR, alert=alert.alert_id, text=whom)
    asked = _(
        "Khoan chị ơi, em chưa ghi. Chị ấy dặn đừng cho cán bộ nơi chị ấy ở biết. «{whom}» mà ở gần nhà chị ấy thì coi chừng lộ chuyện. 1 = vẫn ghi bàn giao, 2 = không ghi."
    )
    choices = (Choice("1", _("Ghi sổ")), Choice("2", _("Không ghi")))
    await turn.say(asked.format(whom=whom), *choices, note=NOTE)


async def ask_if_altogether(turn: Turn, alert: Alert, colleague: Colleague, whom: str) -> None:
    """Whom she names takes alerts: that one can have it altogether, not only in the log."""
    _ = turn.gettext
    turn.hide_words()
    turn.conversation.begin(
        ACTING, Step.COLLEAGUE, alert=alert.alert_id, text=whom, colleague=colleague.desk.staff_id
    )
    asked = _("Mã {code}: 1 = giao hẳn cho {name} (chị ấy nhận báo động), 2 = chỉ ghi sổ.").format(
        code=alert.alert_id, name=colleague.name
    )
    choices = (Choice("1", _("Giao hẳn")), Choice("2", _("Chỉ ghi sổ")))
    await turn.say(asked, *choices, note=NOTE)


async def ask_if_closed_anyway(
    turn: Turn, alert: Alert, last_at: datetime, hers: Sequence[str], done: str
) -> None:
    """She wrote and nobody answered, or she said that she is not safe. `hers` are her words that nobody has answered."""
    _ = turn.gettext
    turn.hide_words()
    turn.conversation.begin(ACTING, Step.ANYWAY, alert=alert.alert_id, text=done)
    if alert.is_safe is False:
        asked = _("Khoan chị ơi: chị ấy nói CHƯA an toàn, tin cuối lúc {when}. Vẫn khép? 1 = khép, 2 = chưa.")
    elif alert.is_safe:
        asked = _("Khoan chị ơi: chị ấy vừa nhắn lúc {when}, chưa ai trả lời. Vẫn khép? 1 = khép, 2 = chưa.")
    else:
        asked = _("Khoan chị ơi: chị ấy vừa nhắn lúc {when}, chưa nói an toàn. Vẫn khép? 1 = khép, 2 = chưa.")
    choices = (Choice("1", _("Khép")), Choice("2", _("Chưa")))
    quoted = [f"«{cut(words, _QUOTED_UNITS)}»" for words in hers[-_MOST_QUOTED:]]
    await turn.say("\n".join([*quoted, asked.format(when=moment(last_at, _))]), *choices, note=NOTE)


async def ask_if_about(turn: Turn, parts: Parts, alert_id: int, words: str) -> None:
    """Words right below a letter, where a digit was asked for."""
    _ = turn.gettext
    turn.hide_words()
    turn.conversation.begin(ACTING, Step.UNSURE, alert=alert_id, text=words)
    lines = []
    if parts.safety.assess(words):
        lines.append(
            _(
                "Nếu chính chị hay ai bên cạnh đang nguy hiểm: gọi ngay 113 (công an), 115 (cấp cứu), 111 (trẻ em)."
            )
        )
    asked = _("Báo động mã {code}: 1 = tôi nhận, 2 = không nhận được, 3 = tôi nói chuyện khác.")
    lines += [f"«{words}»", asked.format(code=alert_id)]
    choices = (Choice("1", _("Tôi nhận")), Choice("2", _("Không nhận được")), Choice("3", _("Chuyện khác")))
    await turn.say("\n".join(lines), *choices, note=NOTE)


async def leave(turn: Turn, alert_id: int) -> None:
    end(turn)
    said = turn.gettext("Dạ, mã {code} vẫn mở. Gõ BAODONG {code} để xem lại.")
    await turn.say(said.format(code=alert_id), note=NOTE)


async def leave_all(turn: Turn) -> None:
    """She takes on none of them for now."""
    end(turn)
    await turn.say(turn.gettext("Dạ, các báo động vẫn mở. Gõ BAODONG để xem lại."), note=NOTE)


async def say_unknown(turn: Turn, alert_id: int) -> None:
    end(turn)
    said = turn.gettext("Dạ, em không thấy báo động mã {code} của chị. Gõ BAODONG để xem những việc đang mở.")
    await turn.say(said.format(code=alert_id), note=NOTE)


def end(turn: Turn) -> None:
    if turn.conversation.flow in {FLOW, ACTING}:
        turn.conversation.end()
