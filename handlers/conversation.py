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
from handlers.cadres import alerting, approving, corrections, desk, digits, joining
from handlers.members import (
    announcement_answers,
    announcement_replies,
    answered,
    asides,
    asking,
    commands,
    courtesies,
    edited_words,
    forwarding,
    khmer,
    media,
    my_data,
    offer_courtesies,
    open_question,
    registration,
    safety,
    safety_answers,
    safety_form,
    safety_no_call,
    safety_story,
    suggesting,
    taken_over,
)
from handlers.members.start import take_start
from handlers.parts import Parts

Step = Callable[[Turn, Parts], Awaitable[bool]]
"""Takes the turn if it is its own and returns True; else leaves everything as it was and returns False."""

ORDER: Sequence[Step] = (
    joining.take_code,  # A cadre's one-time code: from a link or typed.
    digits.take,  # A cadre's bare digit: for what asked last, unless she may have meant another.
    alerting.take_reply,  # Who takes on an alert, and what becomes of it: what is plainly about one.
    approving.take_reply,  # Whether an announcement may go out: what is plainly about such a request.
    desk.take_reply,  # An answer to the forwarded message itself: her words are for the member.
    safety_answers.take_press,  # "Chưa an toàn" counts however late.
    open_question.take_stale_press,  # A button of an earlier message answers nothing that is asked now.
    safety_no_call.take,  # "Đừng gọi nữa": whatever else it sounds like.
    safety.take,
    safety_answers.take,
    safety_form.take,  # TIEP: a form that words of danger broke off.
    take_start,
    media.take,
    announcement_answers.take_pick,  # Says itself which announcement it answers.
    commands.take,  # NGUNG, KIN, XOA, HOSO, DANGKY ...: work at any moment.
    forwarding.take_verdict,  # "Đã rõ", "chưa rõ", and replies to an answer: at any moment too.
    alerting.take,
    approving.take,
    announcement_answers.take_reply,  # What was asked last; a form that was open before waits.
    asides.take,  # A question in the middle of a form.
    registration.take,  # The forms and flows: only one of them is open at a time.
    my_data.take,
    desk.take,
    offer_courtesies.take,  # Thanks while she is asked whether to pass her question on are no question.
    forwarding.take,
    answered.take,  # Is it clear? Only right after an answer of the FAQ.
    suggesting.take,
    announcement_replies.take_thanks,
    safety_story.take_words,  # More of her story; courtesies, and what the assistant knows to answer, are left to it.
    courtesies.take,
    announcement_replies.take_words,
    asking.take,  # The menu's digits, and every question: takes what nobody took.
)

BESIDE_A_PERSON: Sequence[Step] = (
    joining.take_code,
    digits.take,
    alerting.take_reply,
    approving.take_reply,
    desk.take_reply,
    safety_answers.take_press,
    safety_no_call.take,
    safety.take,
    safety_answers.take,
    announcement_answers.take_pick,
    taken_over.take_command,
    taken_over.take_verdict,
    alerting.take,
    approving.take,
    registration.take,  # What was open when the person came is closed: these forms she began since, by a word.
    my_data.take,
    desk.take,
    forwarding.take,
    taken_over.take_wish_for_a_cadre,
    safety_story.take_words,
    taken_over.keep_quiet,  # Takes what nobody took.
)

_FREE_WORDS: Sequence[Step] = (
    media.take,
    forwarding.take,
    announcement_replies.take_thanks,
    courtesies.take,
    announcement_replies.take_words,
    asking.take,
)
"""Those who take what is no command and no answer to a question of ours: it may be a reply to an announcement."""

_LISTS: Sequence[Step] = (forwarding.take, answered.take, suggesting.take, asking.take)
"""Those who take a bare digit for something that was asked, or for the menu."""

_EDITS: Sequence[Step] = (corrections.take_edit, safety_story.take_edit, edited_words.take_edit)

_COMMANDS: Sequence[Step] = (commands.take, taken_over.take_command)
"""Who hides her chat is still asked whether she is safe."""

_FORMS: Sequence[Step] = (registration.take, my_data.take)
"""Who went on with a form has none that is kept."""

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
                await parts.safety.refresh(turn.connection)
                for take_edit in _EDITS:
                    if await take_edit(turn, parts):
                        return
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
        below = await announcement_answers.open_below(turn)
        asked_if_safe = safety_answers.open_in(turn)
        put_by = safety_form.put_by(turn)
        with_a_person = taken_over.is_under_way(turn)
        speaks_khmer_now = not with_a_person and await khmer.follow(turn, parts)
        for step in BESIDE_A_PERSON if with_a_person else ORDER:
            if await step(turn, parts):
                if step in _COMMANDS:
                    safety_answers.keep_open(turn, asked_if_safe)
                if put_by and step not in _FORMS:
                    await safety_form.keep(turn, put_by, may_offer=not with_a_person)
                if announced and step in _FREE_WORDS:
                    await announcement_answers.note(turn, parts, announced)
                if below and step in _LISTS:
                    await announcement_answers.say_what_for(turn, below)
                if speaks_khmer_now:
                    await khmer.say_so(turn)
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
        is_danger = await safety.hear_at_least(turn, parts)
        if is_danger:
            numbers = _("Việc gấp chị gọi 113 (công an), 115 (cấp cứu), 111 (trẻ em).")
            said = f"{numbers}\n{said}"
        await turn.say(said, note=Note(kind="apology", is_sensitive=is_danger))

    return apologise
