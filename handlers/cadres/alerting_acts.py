"""What the words of duty staff do and what they are told, once it is clear what they mean: see `alerting`."""

from collections.abc import Sequence

from bot.alerts import climbing, colleagues, letters, record, rights, taking, telling
from bot.alerts.letters import FLOW
from bot.alerts.record import Alert
from bot.alerts.taking import Act
from bot.people import staff, units
from bot.phone import display_phone
from bot.questions.letters import moment
from bot.questions.post import Post
from bot.said import Note
from bot.store.tables.alerts import AlertState, AlertStepKind
from bot.turn import Turn
from handlers.cadres import alerting_asks as asks
from handlers.cadres import asked_last, desk_flow
from handlers.cadres.alerting_asks import ACTING, MOST_LISTED, NOTE
from handlers.cadres.alerting_words import Verb
from handlers.parts import Parts

_TAKING = {Verb.TAKE: 1, Verb.DECLINE: 2}
_TYPED = {Verb.HAND_OVER, Verb.NOTE, Verb.CLOSE}
"""What is written into the log."""


async def answer(turn: Turn, parts: Parts, staff_id: int, alert_id: int, *, takes: bool) -> None:
    """1 or 2 below a letter."""
    await do(turn, parts, staff_id, Verb.TAKE if takes else Verb.DECLINE, alert_id, "")


async def do(
    turn: Turn,
    parts: Parts,
    staff_id: int,
    verb: Verb,
    alert_id: int,
    words: str,
    *,
    may_be_near: bool = False,
    is_asked: bool = False,
) -> None:
    """Do what she says about this alert and tell her what became of it; where words are wanted and there are none, ask for them.

    `may_be_near`: she was warned that whom she hands it over to may be somebody the woman wants not to know. `is_asked`: she was asked
    whether a colleague is to have it altogether and wants it noted only, or whether it is to be closed all the same and it is.
    """
    turn.heard = Note(kind=telling.KIND, staff_id=staff_id, is_sensitive=True)
    post = Post.of(turn, parts.languages)
    alert = await record.get(turn.connection, alert_id)
    if alert is None or not await rights.may_handle(turn.connection, alert, staff_id):
        await _say_not_hers(turn, staff_id, alert, alert_id)
        return
    if verb in _TYPED and not words and alert.is_open:
        await asks.ask_for_words(turn, parts, verb, alert)
        return
    is_asked = is_asked or (may_be_near and alert.is_past_local)
    if alert.is_open and not is_asked and await _is_asked_first(turn, staff_id, verb, alert, words):
        return
    if verb is Verb.HAND_OVER and alert.is_open and alert.is_past_local and not may_be_near:
        await asks.ask_if_near(turn, alert, words)
        return
    match verb:
        case Verb.TAKE:
            act = await taking.take(post, alert_id, staff_id=staff_id)
        case Verb.DECLINE:
            act = await taking.decline(post, alert_id, staff_id=staff_id)
        case Verb.SHOW:
            await show(turn, parts, staff_id, alert)
            return
        case Verb.HAND_OVER:
            act = await taking.hand_over(post, alert_id, staff_id=staff_id, to_whom=words)
        case Verb.NOTE:
            act = await taking.note(post, alert_id, staff_id=staff_id, words=words)
        case Verb.CLOSE:
            act = await taking.close(post, alert_id, staff_id=staff_id, words=words)
        case Verb.REOPEN:
            act = await taking.reopen(post, alert_id, staff_id=staff_id)
    # A press on an old letter that changes nothing leaves what she is in the middle of as it is.
    goes_on = act is not Act.DONE and _is_at_something_else(turn, alert_id)
    if not goes_on:
        asks.end(turn)
    if verb is Verb.DECLINE and act in {Act.DONE, Act.ALREADY} and await _is_last(post, alert_id):
        await _say_nobody_left(turn, post, alert)
    else:
        await _say_what_became(turn, verb, act, alert_id, words)
    if verb in _TAKING and not goes_on:
        desk_flow.done(turn, _TAKING[verb])  # The same digit again at once is the same tap.


def _is_at_something_else(turn: Turn, alert_id: int) -> bool:
    """Whether she is asked about another alert, or writes an answer at her desk."""
    conversation = turn.conversation
    if conversation.flow in {FLOW, ACTING}:
        return bool(conversation.data.get("alert", alert_id) != alert_id)
    return conversation.flow == desk_flow.FLOW and conversation.step in desk_flow.ASKING


async def _say_not_hers(turn: Turn, staff_id: int, alert: Alert | None, alert_id: int) -> None:
    """Of one that she was told of, that somebody sees to it; whoever never was does not learn whether there is one."""
    if alert is None or not await record.was_told(turn.connection, alert_id, staff_id):
        await asks.say_unknown(turn, alert_id)
        return
    if not _is_at_something_else(turn, alert_id):
        asks.end(turn)
    await turn.say(letters.seen_to(alert, turn.gettext), note=NOTE)


async def _is_asked_first(turn: Turn, staff_id: int, verb: Verb, alert: Alert, words: str) -> bool:
    """Whether she is asked whether a colleague is to have it altogether, or whether it is closed all the same."""
    if verb is Verb.HAND_OVER and (alert.taken_by == staff_id or alert.state is AlertState.OPEN):
        colleague = await colleagues.named(turn.connection, alert, words, by=staff_id, now=turn.now)
        if colleague is not None:
            await asks.ask_if_altogether(turn, alert, colleague, words)
            return True
    elif verb is Verb.CLOSE and (last_at := await record.unsettled_since(turn.connection, alert)):
        hers = await record.unanswered_words(turn.connection, alert)
        await asks.ask_if_closed_anyway(turn, alert, last_at, hers, words)
        return True
    return False


async def give_to(turn: Turn, parts: Parts, staff_id: int, alert_id: int, to: int) -> None:
    """1 = giao hẳn."""
    _ = turn.gettext
    turn.heard = Note(kind=telling.KIND, staff_id=staff_id, is_sensitive=True)
    act = await taking.give_to(Post.of(turn, parts.languages), alert_id, to, staff_id=staff_id)
    asks.end(turn)
    colleague = await staff.get(turn.connection, to)
    name = colleague.name if colleague else "?"
    if act is Act.DONE:
        said = _(
            "Dạ, em giao mã {code} cho {name} và báo ngay. 15 phút mà chưa ai nhận thì em báo những người khác. Đổi ý thì gõ NHAN {code}."
        )
    elif act is Act.EMPTY:
        said = _("Dạ, giờ em không báo được {name} nên mã {code} vẫn như cũ. Gõ BAODONG {code} để xem lại.")
    else:
        await _say_what_became(turn, Verb.HAND_OVER, act, alert_id, "")
        return
    await turn.say(said.format(code=alert_id, name=name), note=NOTE)


async def show(turn: Turn, parts: Parts, staff_id: int, alert: Alert) -> None:
    """BAODONG 12: all that there is to know of it. Who was not told of it before is noted as having read it."""
    post = Post.of(turn, parts.languages)
    told = await record.calls(turn.connection, alert.alert_id)
    if staff_id not in {one.staff_id for one in told}:
        await record.add_step(
            turn.connection, alert.alert_id, AlertStepKind.READ, staff_id=staff_id, now=turn.now
        )
    numbers = await telling.phone_list(post, alert) if alert.is_open else ()
    row_id = await telling.show(post, turn.contact, alert, numbers=numbers)
    if turn.conversation.flow not in {"", FLOW, ACTING, desk_flow.FLOW, *desk_flow.INTERRUPTIBLE}:
        return
    # The letter wrote where her chat stands; this turn must leave it so.
    if alert.state in {AlertState.OPEN, AlertState.DOUBTED}:
        turn.conversation.begin(FLOW, "", alert=alert.alert_id)
        turn.conversation.question_row = row_id
    else:
        turn.conversation.end()


async def show_list(turn: Turn, parts: Parts, staff_id: int, theirs: Sequence[Alert]) -> None:
    """BAODONG: what is open by its code, first what nobody has, of that what is urgent, then the oldest; the only one whole. A form that
    she is filling in goes on; else the code that she types next is shown to her.
    """
    _ = turn.gettext
    turn.heard = Note(kind=telling.KIND, staff_id=staff_id, is_sensitive=True)
    if len(theirs) == 1:
        await show(turn, parts, staff_id, theirs[0])
        return
    if not theirs:
        await turn.say(_("Dạ, hiện không có báo động nào đang mở."), note=NOTE)
        return
    theirs = sorted(theirs, key=lambda alert: (alert.state is AlertState.TAKEN, not alert.is_urgent))
    lines = [await _line(turn, staff_id, alert) for alert in theirs[:MOST_LISTED]]
    head = _("Có {count} báo động đang mở:").format(count=len(theirs))
    is_free = theirs[0].state is not AlertState.TAKEN
    tail = _("Gõ BAODONG {code} để xem, NHAN {code} để nhận.") if is_free else _("Gõ BAODONG {code} để xem.")
    tail = tail.format(code=theirs[0].alert_id)
    if turn.conversation.flow in asked_last.GIVES_WAY:
        asks.begin_which(turn, Verb.SHOW, theirs)
    await turn.say("\n".join([head, *lines, tail]), *asks.code_choices(turn, Verb.SHOW, theirs), note=NOTE)


async def say_hers(turn: Turn, hers: Sequence[Alert]) -> None:
    """She takes on what she has."""
    codes = ", ".join(str(alert.alert_id) for alert in hers)
    said = turn.gettext("Dạ, chị đang lo báo động mã {codes} rồi. Gõ BAODONG {code} để xem lại.")
    await turn.say(said.format(codes=codes, code=hers[-1].alert_id), note=NOTE)


async def _say_what_became(turn: Turn, verb: Verb, act: Act, alert_id: int, words: str) -> None:
    _ = turn.gettext
    alert = await record.get(turn.connection, alert_id)
    match act:
        case Act.UNKNOWN | Act.FORBIDDEN:
            await asks.say_unknown(turn, alert_id)
            return
        case Act.OTHERS:
            taker = await staff.get(turn.connection, alert.taken_by) if alert and alert.taken_by else None
            said = _("Dạ, báo động mã {code} {name} đã nhận rồi, chị không cần làm gì nữa.").format(
                code=alert_id, name=taker.name if taker else "?"
            )
        case Act.OVER if verb is Verb.REOPEN:
            said = _("Dạ, mã {code} đang mở, hoặc chị ấy đã xóa hết thông tin nên không mở lại được.").format(
                code=alert_id
            )
        case Act.OVER:
            said = _("Dạ, báo động mã {code} đã khép rồi. Nếu chưa xong, chị gõ MOLAI {code}.").format(
                code=alert_id
            )
        case Act.EMPTY:
            said = _("Chị chưa ghi gì.")
        case Act.ALREADY if verb is Verb.DECLINE:
            said = _("Dạ, em ghi rồi: chị không nhận được mã {code}. Đổi ý thì gõ NHAN {code}.").format(
                code=alert_id
            )
        case Act.ALREADY:
            said = _("Dạ, mã {code} chị đang lo rồi.").format(code=alert_id)
            said = "\n".join([said, *_how_to_go_on(turn, alert)])
        case Act.DONE:
            said = _done(turn, verb, alert, words)
    await turn.say(said, note=NOTE)


def _done(turn: Turn, verb: Verb, alert: Alert | None, words: str) -> str:
    _ = turn.gettext
    code = alert.alert_id if alert else 0
    match verb:
        case Verb.TAKE:
            head = _("Dạ, chị nhận mã {code} rồi. Em báo những người khác là đã có chị lo.")
            return "\n".join([head.format(code=code), *_how_to_go_on(turn, alert)])
        case Verb.DECLINE:
            said = _(
                "Dạ, em ghi chị không nhận được mã {code}; em vẫn báo những người khác. Đổi ý thì gõ NHAN {code}."
            )
        case Verb.HAND_OVER if alert is not None and alert.taken_by != turn.contact.staff_id:
            said = _("Dạ, em ghi sổ: mã {code} bàn giao cho «{whom}» lúc {when}.")
        case Verb.HAND_OVER:
            said = _(
                "Dạ, em ghi sổ: mã {code} bàn giao cho «{whom}» lúc {when}. Chị vẫn là người theo dõi tới khi gõ XONG {code}."
            )
        case Verb.NOTE:
            said = _("Dạ, em ghi vào sổ mã {code} rồi.")
        case Verb.CLOSE:
            said = _("Dạ, em đã khép mã {code} và ghi sổ. Cảm ơn chị nhiều. Lỡ tay thì gõ MOLAI {code}.")
        case _:
            said = _("Dạ, em mở lại mã {code} và báo lại người trực.")
    return said.format(code=code, whom=words, when=moment(turn.now, _))


def _how_to_go_on(turn: Turn, alert: Alert | None) -> list[str]:
    """For who has it: how to call, to write to her, to hand it over, to close."""
    if alert is None:
        return []
    _ = turn.gettext
    lines = []
    if alert.must_not_call:
        lines.append(letters.do_not_call(_))
    if alert.phone:
        lines += [
            _("Số gọi chị ấy: {phone}. Chị ấy dặn: «{when}».").format(
                phone=display_phone(alert.phone), when=alert.call_when
            ),
            _("Nghe chị ấy nói «lộn số» là có người bên cạnh: chị cúp máy, đừng gọi lại ngay."),
        ]
    if alert.question_id is not None:
        lines.append(
            _("Nhắn cho chị ấy: chị trả lời tin «Câu hỏi mã {code}» ở trên.").format(code=alert.question_id)
        )
    how = _(
        "Chuyển cho ai: gõ BANGIAO {code}. Ghi thêm vào sổ: GHI {code}. Xong việc: XONG {code}. Em hỏi tiếp chị từng bước."
    )
    let_go = _("Không lo tiếp được: gõ KHONG {code}.")
    return [*lines, how.format(code=alert.alert_id), let_go.format(code=alert.alert_id)]


async def _is_last(post: Post, alert_id: int) -> bool:
    """Whether nobody is left who could take it on."""
    alert = await record.get(post.connection, alert_id)
    return (
        alert is not None and alert.state is AlertState.OPEN and not await climbing.has_somebody(post, alert)
    )


async def _say_nobody_left(turn: Turn, post: Post, alert: Alert) -> None:
    """She cannot, and nobody else is there: she is told whom to ring."""
    _ = turn.gettext
    head = _(
        "Dạ, em ghi chị không nhận được mã {code}. Nhưng ngoài chị ra em không còn báo được cho ai. Chị gọi giúp ngay để có người lo; đổi ý thì gõ NHAN {code}."
    ).format(code=alert.alert_id)
    numbers = await telling.phone_list(post, alert)
    lines = [f"- {one.name}: {display_phone(one.phone)}" for one in numbers]
    services = _("Việc gấp chị gọi 113 (công an), 115 (cấp cứu), 111 (trẻ em).")
    await turn.say("\n".join([head, *lines, services]), note=NOTE)


async def _line(turn: Turn, staff_id: int, alert: Alert) -> str:
    _ = turn.gettext
    place = await units.name_of(turn.connection, alert.unit_id) or _("chưa rõ ở đâu")
    if alert.state is not AlertState.TAKEN:
        who = _("chưa ai nhận")
    elif alert.taken_by == staff_id:
        who = _("chị đang lo")
    else:
        taker = await staff.get(turn.connection, alert.taken_by) if alert.taken_by else None
        who = _("{name} đang lo").format(name=taker.name if taker else "?")
    line = _("mã {code}: {place}, lúc {when}, {who}").format(
        code=alert.alert_id, place=place, when=moment(alert.raised_at, _), who=who
    )
    marks = [_("KHẨN")] if alert.is_urgent else []
    if not turn.contact.is_quiet:  # Where others read her chat, what it is about stands in no list.
        marks.append(letters.hinted(alert.kind, _))
    return f"{line} ({', '.join(marks)})" if marks else line
