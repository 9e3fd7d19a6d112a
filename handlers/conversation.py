"""Whose turn it is: which handler answers what a person did in a chat.

The order is the product's promise. Words of danger come before everything; a cadre's reply to a forwarded question before
anything that could be read into its words; then the words that always work (stop, quiet, my data), then what is being
asked right now, then everything else is a question.
"""

from collections.abc import Awaitable, Callable, Sequence

from bot.channels.contract import IncomingKind
from bot.intake import Handler
from bot.people import contacts
from bot.questions import undelivered
from bot.questions.post import Post
from bot.said import Note
from bot.turn import Turn
from handlers.cadres import approving, corrections, desk, joining
from handlers.members import (
    announcement_answers,
    asking,
    commands,
    courtesies,
    forwarding,
    media,
    my_data,
    open_question,
    registration,
    safety,
    taken_over,
)
from handlers.members.start import take_start
from handlers.parts import Parts

Step = Callable[[Turn, Parts], Awaitable[bool]]
"""Takes the turn if it is its own and returns True; else leaves everything as it was and returns False."""

ORDER: Sequence[Step] = (
    joining.take_code,  # A cadre's one-time code: from a link or typed.
    approving.take_reply,  # Whether an announcement may go out: what is plainly about such a request.
    desk.take_reply,  # An answer to the forwarded message itself: her words are for the member.
    open_question.take_stale_press,  # A button of an earlier message answers nothing that is asked now.
    safety.take,
    take_start,
    media.take,
    announcement_answers.take_pick,  # Says itself which announcement it answers.
    commands.take,  # NGUNG, KIN, XOA, HOSO, DANGKY ...: work at any moment.
    forwarding.take_verdict,  # "Đã rõ", "chưa rõ", and replies to an answer: at any moment too.
    approving.take,
    registration.take,  # The forms and flows: only one of them is open at a time.
    my_data.take,
    announcement_answers.take_digit,  # Only where nothing that she got since has digits.
    desk.take,
    forwarding.take,
    courtesies.take,
    asking.take,  # Suggestions still open, the menu's digits, and every question: takes what nobody took.
)

BESIDE_A_PERSON: Sequence[Step] = (
    joining.take_code,
    approving.take_reply,
    desk.take_reply,
    safety.take,
    announcement_answers.take_pick,
    taken_over.take_command,
    taken_over.take_verdict,
    approving.take,
    registration.take,  # What was open when the person came is closed: these forms she began since, by a word.
    my_data.take,
    desk.take,
    forwarding.take,
    taken_over.take_wish_for_a_cadre,
    taken_over.keep_quiet,  # Takes what nobody took.
)

_FREE_WORDS: Sequence[Step] = (
    media.take,
    forwarding.take,
    courtesies.take,
    asking.take,
)
"""Those who take what is no command and no answer to a question of ours: it may be a reply to an announcement."""

_SPOKEN = frozenset(
    {
        IncomingKind.TEXT,
        IncomingKind.START,
        IncomingKind.FOLLOWED,
        IncomingKind.CHOICE,
        IncomingKind.MEDIA,
        IncomingKind.PHONE,
        IncomingKind.EDITED,
    }
)
"""What somebody expects an answer to."""


def conversation(parts: Parts) -> Handler:
    """The handler that intake is given."""

    async def take_turn(turn: Turn) -> None:
        match turn.incoming.kind:
            case IncomingKind.LEFT:
                await contacts.has_left(turn.connection, turn.contact.contact_id, now=turn.now)
                if turn.contact.staff_id is not None:
                    await undelivered.desk_lost(Post.of(turn, parts.languages), turn.contact.staff_id)
                return
            case IncomingKind.CAME_BACK:
                await turn.hear()
                return
            case IncomingKind.EDITED:
                if not await corrections.take_edit(turn, parts):
                    await forwarding.take_edit(turn, parts)
                return
            case IncomingKind.REACTED:
                turn.heard = Note(kind="reaction")  # No platform counts it as writing to us: no window opens.
                return
            case IncomingKind.TAKEN_OVER:
                await taken_over.begin(turn, parts)
                return
            case IncomingKind.FOLLOWED:
                await turn.change_contact(is_follower=True)
        await parts.safety.refresh(turn.connection)
        await turn.hear()
        open_question.forget_old(turn)
        announced = await announcement_answers.heard_after(turn)
        for step in BESIDE_A_PERSON if taken_over.is_under_way(turn) else ORDER:
            if await step(turn, parts):
                if announced and step in _FREE_WORDS:
                    announcement_answers.note(turn, announced)
                return

    return take_turn


def apology(parts: Parts) -> Handler:
    """The handler that intake is given for a turn whose handling failed for good: it says so, and how to reach a person."""

    async def apologise(turn: Turn) -> None:
        if turn.incoming.kind not in _SPOKEN:
            return
        _ = turn.gettext
        turn.hide_words()  # Nobody has judged whether they are private.
        turn.conversation.end()
        said = _(
            "Dạ, em vừa gặp trục trặc nên chưa làm được việc này. Chị nhắn lại giúp em, hoặc gõ 0 để gặp cán bộ nghen."
        )
        hit = parts.safety.check(turn.incoming.text)
        if hit is not None:
            numbers = _("Việc gấp chị gọi 113 (công an), 115 (cấp cứu), 111 (trẻ em).")
            said = f"{numbers}\n{said}"
        await turn.say(said, note=Note(kind="apology", is_sensitive=hit is not None))

    return apologise
