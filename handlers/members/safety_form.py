"""A form that words of danger broke off: what she had filled in is kept beside whatever follows, and once the danger is over she is asked
once, softly, whether she wants to go on. Never in a message that helps; TIEP goes on whenever she types it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.alerts import record
from bot.channels.contract import IncomingKind
from bot.keywords import Keywords
from bot.store.tables.alerts import AlertState
from bot.text import clean
from bot.turn import Conversation, Turn
from handlers.members import my_data, registration
from handlers.members.safety_voice import NOTE
from handlers.parts import Parts

_FORMS = {form.flow: form for form in (registration.FORM, *my_data.FORMS)}
_GO_ON = Keywords(
    "tiếp", "tiếp tục", "làm tiếp", "ghi tiếp", "tiếp đi", "dạ tiếp", "tiếp nha", "tiếp nghen", "បន្ត"
)
_KEPT = "form"  # Among what a conversation has gathered, whatever it is about by then.
_KEPT_FOR = timedelta(hours=24)
_CALM_AFTER = timedelta(minutes=10)  # So long she has written nothing.


def kept(conversation: Conversation, alert_id: int, now: datetime) -> dict[str, Any]:
    """What the conversation that asks whether she is safe has to gather besides: the form that is open, or was before; else nothing."""
    if conversation.flow not in _FORMS:
        return {_KEPT: conversation.data[_KEPT]} if _KEPT in conversation.data else {}
    form = {"flow": conversation.flow, "step": conversation.step, "data": conversation.data}
    return {_KEPT: {**form, "alert": alert_id, "at": now.isoformat()}}


def put_by(turn: Turn) -> Mapping[str, Any] | None:
    """The form that is kept as the turn begins."""
    form = turn.conversation.data.get(_KEPT)
    is_old = form is not None and turn.now - datetime.fromisoformat(form["at"]) > _KEPT_FOR
    return None if turn.conversation.flow in _FORMS or is_old else form


async def keep(turn: Turn, form: Mapping[str, Any], *, may_offer: bool) -> None:
    """At the end of a turn that has not gone on with it: keep it still, unless she has begun another, and ask her if it is time to.

    Not `may_offer`: somebody of the Union is talking to her.
    """
    conversation = turn.conversation
    if conversation.flow in _FORMS:
        return
    is_time = may_offer and "offered" not in form and await _is_over(turn, form)
    if is_time:
        form = {**form, "offered": True}
    conversation.data = {**conversation.data, _KEPT: dict(form)}
    if is_time:
        said = turn.gettext(
            "Lúc nãy mình đang làm dở. Khi nào tiện, chị gõ TIEP là em hỏi tiếp từ chỗ đó; chưa muốn thì chị cứ để đó nghen."
        )
        await turn.say_beside(said)


async def take(turn: Turn, parts: Parts) -> bool:
    """TIEP: on where she stopped."""
    is_typed = turn.incoming.kind in {IncomingKind.TEXT, IncomingKind.CHOICE}
    if not is_typed or clean(turn.incoming.text) not in _GO_ON or not resume(turn):
        return False
    if turn.conversation.flow == registration.FORM.flow and turn.contact.member_id is not None:
        await registration.begin(turn, parts)  # She has registered elsewhere meanwhile.
        return True
    await ask_again(turn, parts)
    return True


async def ask_again(turn: Turn, parts: Parts) -> None:
    """Ask what the form asked last."""
    await _FORMS[turn.conversation.flow].ask_again(turn, parts)
    turn.settle_question()


def resume(turn: Turn) -> bool:
    """Let her chat stand where she stopped. False where nothing is kept."""
    form = put_by(turn)
    if form is None or form["flow"] not in _FORMS:
        return False
    turn.conversation.begin(form["flow"], form["step"], **form["data"])
    return True


async def _is_over(turn: Turn, form: Mapping[str, Any]) -> bool:
    """She says that she is safe, staff have closed it, or she comes back after a while with something harmless."""
    alert = await record.get(turn.connection, form["alert"])
    if alert is None or alert.is_safe or not alert.is_open:
        return True
    since = turn.conversation.changed_at
    is_calm = since is not None and turn.now - since >= _CALM_AFTER
    is_settled = alert.is_safe is None and alert.state is not AlertState.DOUBTED
    return is_calm and is_settled and turn.heard.kind != NOTE.kind
