"""The question inbox: what waits for a person, and answering it, giving it to a desk or closing it right here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import overview
from bot.answers.book import filled
from bot.answers.matcher import Match
from bot.people import acts, staff, units
from bot.questions import answer_course, answering, enclosures, inbox, record, routing
from bot.questions import open as questions
from bot.questions.answering import Answered
from bot.questions.post import Post
from bot.questions.record import Question
from bot.store.tables.people import Role
from bot.store.tables.questions import QuestionState
from handlers.officers import query, windows
from handlers.officers.permission import allowed
from handlers.officers.standing import answers_wait
from handlers.officers.visit import Visit

QUESTIONS = "/console/questions"
_SECTION = "questions"
_LONGEST_ANSWER = 3500
_SUGGESTIONS = 3
_LEAST_CONFIDENCE = 0.03  # What fits less is no help.


@dataclass(slots=True)
class Typed:
    """What stands in the answer box, and what is wrong with it."""

    words: str = ""
    error: str = ""
    warning: str = ""
    status: int = 200


@allowed(Role.OFFICER)
async def show_list(visit: Visit) -> web.StreamResponse:
    state = query.choice(QuestionState, visit.request.query.get("state", "")) or QuestionState.WAITING
    async with visit.console.database.reading() as connection:
        page = await inbox.page(connection, visit.viewer, state, query.place(visit))
        context = {
            "state": state,
            "counts": await inbox.counts(connection, visit.viewer),
            "page": page,
            "windows": windows.of_questions(visit, page.rows) if state in inbox.OPEN else {},
            "query": query.again(visit),
        }
    return visit.page("questions/list.html", context, block="results", section=_SECTION)


@allowed(Role.OFFICER)
async def show_question(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        row = await _row(visit, connection)
        shown = await _page(visit, connection, row, Typed())
    if row.is_sensitive:
        async with visit.console.database.writing() as connection:
            await overview.has_read_question(connection, visit.viewer, row.id, now=visit.now)
    return shown


@allowed(Role.OFFICER)
async def take_suggestion(visit: Visit) -> web.StreamResponse:
    """Put an entry's answer into the box, after what stands there already."""
    async with visit.console.database.reading() as connection:
        row = await _row(visit, connection)
        book = await visit.console.answers.current(connection)
        words = record.bounded(visit.field("words"))
        if (entry := book.entries.get(visit.field("entry"))) is not None:
            answer = await filled(connection, entry.texts["vi"].answer, row.unit_id)
            words = f"{words}\n\n{answer}" if words else answer
        return await _page(visit, connection, row, Typed(words))


@allowed(Role.OFFICER)
async def answer(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    words = record.bounded(visit.field("words"))

    async def send(post: Post, question: Question) -> web.StreamResponse | Typed:
        if not words:
            return Typed(error=_("Chị chưa viết câu trả lời."), status=422)
        if len(words) > _LONGEST_ANSWER:
            return Typed(words, error=_("Câu trả lời dài quá, chị viết ngắn lại giúp."), status=422)
        sent = await answering.answer(post, question.question_id, staff_id=visit.viewer.staff_id, words=words)
        if sent in {Answered.SENT, Answered.HELD}:
            await _record(visit, post, question, "question_answered")
            if waits := answers_wait(visit, await _row(visit, post.connection)):
                kept = _("Đã giữ câu trả lời cho câu hỏi mã %d.") % question.question_id
                visit.flash(f"{kept} {waits}", "warning")
                return visit.go(QUESTIONS)
            said = (
                _("Đã gửi câu trả lời cho câu hỏi mã %d.")
                if sent is Answered.SENT
                else _("Đã giữ câu trả lời cho câu hỏi mã %d. Chị ấy nhắn lại là gửi đi ngay.")
            )
            visit.flash(said % question.question_id)
        elif sent is Answered.OTHERS:
            said = _("Câu hỏi mã %d nay đã có người khác lo nên chưa gửi gì.")
            visit.flash(said % question.question_id, "warning")
        else:
            visit.flash(
                _("Chị ấy đã xóa thông tin của mình nên không còn nơi để gửi. Câu hỏi được đóng lại."),
                "warning",
            )
        return visit.go(QUESTIONS)

    return await _act(visit, send, words)


@allowed(Role.OFFICER)
async def forward(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    desk = query.number(visit.field("desk"))

    async def give(post: Post, question: Question) -> web.StreamResponse | Typed:
        if await _is_taken(visit, post, question):
            return visit.go(f"{QUESTIONS}/{question.question_id}")
        if desk is None or not await inbox.give_to(post, question, desk):
            return Typed(
                warning=_("Chưa chuyển được: cán bộ này hiện không nhận câu hỏi. Chị chọn người khác giúp."),
                status=422,
            )
        await _record(visit, post, question, "question_given", desk=desk)
        visit.flash(_("Đã chuyển câu hỏi mã %d.") % question.question_id)
        return visit.go(QUESTIONS)

    return await _act(visit, give)


@allowed(Role.OFFICER)
async def close(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext

    async def shut(post: Post, question: Question) -> web.StreamResponse | Typed:
        if await _is_taken(visit, post, question):
            return visit.go(f"{QUESTIONS}/{question.question_id}")
        if await answering.close(post, question.question_id, staff_id=visit.viewer.staff_id):
            await _record(visit, post, question, "question_closed")
            visit.flash(_("Đã đóng câu hỏi mã %d.") % question.question_id)
        return visit.go(QUESTIONS)

    return await _act(visit, shut)


Act = Callable[[Post, Question], Awaitable[web.StreamResponse | Typed]]


async def _act(visit: Visit, act: Act, words: str = "") -> web.StreamResponse:
    """Do something to a question that is still as she saw it; else show her what happened meanwhile, and what she typed."""
    async with visit.console.database.writing() as connection:
        row = await _row(visit, connection)
        question = await record.lock(connection, row.id)
        if question is None:
            raise web.HTTPNotFound
        if query.number(visit.field("seen")) != await inbox.last_step(connection, row.id):
            typed = Typed(
                words,
                warning=visit.gettext(
                    "Câu hỏi này vừa có thay đổi nên chưa làm gì cả. Chị xem lại diễn biến bên dưới rồi quyết định tiếp."
                ),
                status=409,
            )
            return await _page(visit, connection, await _row(visit, connection), typed)
        done = await act(Post(connection, visit.console.outbox, visit.console.languages, visit.now), question)
        if isinstance(done, Typed):
            return await _page(visit, connection, row, done)
        return done


async def _is_taken(visit: Visit, post: Post, question: Question) -> bool:
    """Whether somebody has the alert that it belongs to, which is said then: the question goes on as long as that does."""
    _ = visit.gettext
    taker_id = await questions.taker_of(post.connection, question.question_id)
    if taker_id is None:
        return False
    if taker_id == visit.viewer.staff_id:
        said = _("Báo động này chị đang lo: chị khép báo động thì câu hỏi khép theo.")
    else:
        taker = await staff.get(post.connection, taker_id)
        said = _("Báo động này {name} đang lo, chị hỏi chị ấy trước.").format(
            name=taker.name if taker else "?"
        )
    visit.flash(said, "warning")
    return True


async def _page(
    visit: Visit, connection: AsyncConnection, row: inbox.Row, typed: Typed
) -> web.StreamResponse:
    question = await record.get(connection, row.id)
    steps = await inbox.steps(connection, row.id)
    trail: list[Any] = [*steps, *await answer_course.arrivals(connection, row.id)]
    context = {
        "question": row,
        "is_open": row.state in inbox.OPEN,
        "window": windows.of_question(visit, row),
        "waits": answers_wait(visit, row) if row.contact_id else "",
        "human_until": row.human_until if row.human_until and row.human_until > visit.now else None,
        "trail": sorted(
            trail, key=lambda one: one.at
        ),  # In one moment first what was done, then what became of it.
        "is_quiet": await overview.is_quiet_behind(connection, row.id),
        "enclosures": () if row.is_sensitive else await enclosures.of_question(connection, row.id),
        "seen": steps[-1].id if steps else 0,
        "typed": typed,
        "longest": _LONGEST_ANSWER,
        "suggestions": await _suggestions(visit, connection, row),
        "desks": [
            desk
            for desk in (
                await routing.desks_to_choose(connection, question, now=visit.now) if question else []
            )
            if row.state is not QuestionState.FORWARDED or desk.staff_id != row.staff_id
        ],
    }
    return visit.page(
        "questions/question.html", context, block="answer", section=_SECTION, status=typed.status
    )


async def _suggestions(visit: Visit, connection: AsyncConnection, row: inbox.Row) -> list[dict[str, Any]]:
    """The entries nearest to what was asked, with their answers as they would be sent."""
    book = await visit.console.answers.current(connection)
    at = await units.line(connection, row.unit_id)
    found: list[Match] = book.search(row.text, _SUGGESTIONS, at=at)
    return [
        {
            "entry": entry,
            "question": entry.texts["vi"].question,
            "answer": await filled(connection, entry.texts["vi"].answer, row.unit_id),
            "percent": round(match.confidence * 100),
        }
        for match in found
        if match.confidence >= _LEAST_CONFIDENCE
        for entry in [book.in_place_of(book.entries[match.entry_id], at)]
    ]


async def _record(visit: Visit, post: Post, question: Question, act: str, **detail: object) -> None:
    await acts.record(
        post.connection, visit.viewer.staff_id, act, now=visit.now, subject=f"question {question.question_id}", **detail
    )  # fmt: skip


async def _row(visit: Visit, connection: AsyncConnection) -> inbox.Row:
    question_id = query.number(visit.request.match_info["question_id"])
    row = await inbox.get(connection, visit.viewer, question_id) if question_id is not None else None
    if row is None:
        raise web.HTTPNotFound
    return row


ROUTES = [
    web.get(QUESTIONS, show_list),
    web.get(QUESTIONS + "/{question_id}", show_question),
    web.post(QUESTIONS + "/{question_id}/suggestion", take_suggestion),
    web.post(QUESTIONS + "/{question_id}/answer", answer),
    web.post(QUESTIONS + "/{question_id}/forward", forward),
    web.post(QUESTIONS + "/{question_id}/close", close),
]
