"""An announcement after it was confirmed: how far its sending has come, who got it, what they said to it."""

from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import rules
from bot.channels.contract import Limits
from bot.languages import DEFAULT
from bot.store.pages import Page
from bot.store.tables.broadcasts import BroadcastState, DeliveryState, RunState, Variant
from bot.store.tables.people import Role
from broadcasts import audience, overview, progress, recipients, results, timing
from broadcasts.audience import Audience
from broadcasts.content import Content
from broadcasts.progress import Progress
from broadcasts.recipients import Did, Which
from broadcasts.refused import Refused
from handlers.officers import chosen_run, phone_preview, query, words
from handlers.officers.broadcasts import BROADCASTS, SECTION
from handlers.officers.chosen_run import ChosenRun
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit, is_htmx

CHARGED = "charged"  # The platform took money for it.
_SEARCH = "recipients"
_FILTERS = ("outcome", "code", "did", "answer", "variant")
_GOES_ON = (RunState.FILLING, RunState.RUNNING, RunState.PAUSED)
_MOVES = (RunState.FILLING, RunState.RUNNING)
_ENOUGH = 2000  # The text was checked when it was confirmed.
_HIGHEST_ANSWER = 9
# How often a page asks anew, by how much there is to count each time.
_POLL_S = ((20_000, 2), (200_000, 5), (2_000_000, 15))
_SLOWEST_POLL_S = 60


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        chosen = await chosen_run.of_visit(visit, connection)
        row = chosen.broadcast
        if chosen.run is None and row.state is BroadcastState.DRAFT:
            return visit.go(f"{chosen.path}/review")
        if chosen.run is None and row.state is BroadcastState.WAITING:
            return visit.go(f"{chosen.path}/approval")
        if "drawn" in visit.request.query:
            return await _refresh(visit, connection, chosen)
        if chosen.run is not None and is_htmx(visit.request):
            return await _names(visit, connection, chosen, chosen.run)
        return await _page(visit, connection, chosen)


@allowed(Role.OFFICER)
async def search(visit: Visit) -> web.StreamResponse:
    """Names that are searched for stand in no address."""
    async with visit.console.database.reading() as connection:
        chosen = await chosen_run.of_visit(visit, connection)
    found = query.from_form(visit, _SEARCH, ("run", *_FILTERS))
    return visit.go(f"{chosen.path}?{found}#people")


async def _refresh(visit: Visit, connection: AsyncConnection, chosen: ChosenRun) -> web.StreamResponse:
    """The figures alone, for a page that asks for them while it is open. It says in which state it was drawn: when that has
    changed, so have its buttons.
    """
    context = await _figures(visit, connection, chosen)
    response = visit.page("broadcasts/run.html", context, block="progress", section=SECTION)
    if visit.request.query["drawn"] != str(context["state"]):
        response.headers["HX-Refresh"] = "true"
    return response


async def _names(
    visit: Visit, connection: AsyncConnection, chosen: ChosenRun, run: overview.Row
) -> web.StreamResponse:
    """The names alone, of which there may be a million: nothing else is counted for them."""
    context = _frame(visit, chosen) | await _people(visit, connection, run)
    return visit.page("broadcasts/run.html", context, block="people", section=SECTION)


async def _page(visit: Visit, connection: AsyncConnection, chosen: ChosenRun) -> web.StreamResponse:
    row, run = chosen.broadcast, chosen.run
    context = await _figures(visit, connection, chosen)
    schedule = timing.from_json(row.schedule)
    texts = (run.revised or run.texts) if run is not None else row.texts
    context |= {
        "audience": await _audience(visit, connection, run.audience if run is not None else row.audience),
        "timing": timing.sentence(schedule, visit.gettext) if schedule else "",
        "runs": await overview.runs_of(connection, row.id),
        "bubbles": phone_preview.bubbles(texts or row.texts, _ENOUGH, visit.gettext),
        "may": may_do(visit, run, context["progress"]),
        "people": None,
        "posts": [],
    }
    if run is not None:
        context |= await _people(visit, connection, run)
        context["posts"] = [
            (post, _post_name(context["content"], post))
            for post in await recipients.posts(connection, run.id)
        ]
    return visit.page("broadcasts/run.html", context, section=SECTION)


def _frame(visit: Visit, chosen: ChosenRun) -> dict[str, Any]:
    """What is known without counting."""
    row, run = chosen.broadcast, chosen.run
    content = content_of(run if run is not None else row)
    return {
        "broadcast": row,
        "run": run,
        "here": chosen.here,
        "state": run.state if run is not None else row.state,
        "moves": row.state is BroadcastState.SCHEDULED if run is None else _is_moving(run),
        "content": content,
        "label": partial(label, content),
        "why": lambda code: why(visit, code),
    }


async def _figures(visit: Visit, connection: AsyncConnection, chosen: ChosenRun) -> dict[str, Any]:
    run = chosen.run
    context = _frame(visit, chosen) | {
        "progress": None,
        "read": None,
        "charges": [],
        "responded": None,
        "tried": [],
        "poll_s": _POLL_S[0][1],
    }
    if run is not None:
        figures = await progress.of_run(connection, run.id, now=visit.now, policy=visit.console.policy)
        context |= {
            "progress": figures,
            "poll_s": next((s for most, s in _POLL_S if figures.total <= most), _SLOWEST_POLL_S),
            "responded": await results.responded(connection, run.id),
        }
        # Counted row by row: of a large run not while it goes on.
        if not _is_moving(run) or figures.total <= _POLL_S[0][0]:
            has_two_texts = context["content"].trial is not None
            context["tried"] = await results.tried(connection, run.id) if has_two_texts else []
            context["read"] = await results.read(connection, run.id)
            context["charges"] = [(one, _cost(one)) for one in await results.charges(connection, run.id)]
    return context


async def _people(visit: Visit, connection: AsyncConnection, run: overview.Row) -> dict[str, Any]:
    which = _which(visit)
    page: Page[recipients.Row] = await recipients.page(
        connection, run.id, visit.viewer, which, query.place(visit)
    )
    chosen = {name: value for name, value in visit.request.query.items() if name in {"run", *_FILTERS}}
    return {
        "people": page,
        "count": await recipients.count(connection, run.id, visit.viewer, which) if which.words else None,
        "which": which,
        "query": query.again(visit),
        "chosen": chosen,
        "states": await recipients.states(connection, run.id),
        "narrowed": lambda **more: _narrowed(visit, more),
        "is_shown": lambda which_one: (
            {**which_one} == {name: value for name, value in chosen.items() if name != "run"}
        ),
    }


def _which(visit: Visit) -> Which:
    asked = visit.request.query
    answer, variant = query.number(asked.get("answer", "")), query.number(asked.get("variant", ""))
    return Which(
        state=query.choice(DeliveryState, asked.get("outcome", "")),
        code=asked.get("code", "")[:80],
        did=query.choice(Did, asked.get("did", "")),
        answer=answer if answer and answer <= _HIGHEST_ANSWER else None,
        variant=variant if variant in {Variant.A, Variant.B} else None,
        words=query.words(visit, _SEARCH),
    )


def _narrowed(visit: Visit, more: dict[str, object]) -> str:
    """The address of the names behind a figure."""
    run = visit.request.query.get("run", "")
    chosen = {"run": run, **{name: str(value) for name, value in more.items() if value}}
    return f"{visit.request.path}?{urlencode({name: value for name, value in chosen.items() if value})}"


async def _audience(visit: Visit, connection: AsyncConnection, stored: object) -> list[str]:
    try:
        return await audience.sentences(connection, Audience.from_json(stored), visit.gettext)
    except Refused:  # Of a sending that could not begin.
        return []


def content_of(stored: overview.Row) -> Content:
    """All but its texts, of an announcement or a sending."""
    try:
        return Content.from_json(stored.content)
    except (KeyError, TypeError, ValueError):  # Of a sending that could not begin.
        return Content()


def _post_name(content: Content, row: recipients.Row) -> str:
    """What an officer called the place of a post by."""
    names = {(post.account_id, post.target): post.name for post in content.posts}
    return names.get((row.account_id, row.address), "")


def label(content: Content, number: int) -> str:
    """What an answer says."""
    said = content.answers[number - 1] if 1 <= number <= len(content.answers) else {}
    return said.get(DEFAULT) or next(iter(said.values()), str(number))


def may_do(visit: Visit, run: overview.Row | None, figures: Progress | None) -> dict[str, bool]:
    """Which buttons mean something for a sending as it stands."""
    if run is None or figures is None:
        return dict.fromkeys(
            ("pause", "resume", "cancel", "pace", "retry", "revise", "recall", "edits"), False
        )
    goes_on = run.state in _GOES_ON
    is_taken_back = run.revision > 0 and not run.revised
    accounts = [visit.console.limits[one] for one in figures.accounts if one in visit.console.limits]
    edits = any(limits.edits for limits in accounts)
    is_late = run.deadline_at is not None and run.deadline_at <= visit.now
    failed = DeliveryState.FAILED in {*figures.by_state, *figures.posts}
    return {
        "pause": run.state in _MOVES,
        "resume": run.state is RunState.PAUSED,
        "cancel": goes_on,
        "pace": goes_on,
        "retry": failed
        and run.state in {RunState.RUNNING, RunState.PAUSED, RunState.DONE}
        and not is_late
        and not is_taken_back,
        "revise": bool(run.texts)
        and not is_taken_back
        and (goes_on or (edits and figures.last_sent is not None)),
        "recall": bool(run.texts)
        and not is_taken_back
        and _can_recall(accounts, figures.last_sent, visit.now),
        "edits": edits,
    }


def _can_recall(accounts: list[Limits], last_sent: datetime | None, now: datetime) -> bool:
    return last_sent is not None and any(
        limits.recalls_within is not None and now - last_sent < limits.recalls_within for limits in accounts
    )


def _cost(charge: results.Charge) -> int | None:
    """What it costs by our rules; None where no money is taken, or nobody knows how much."""
    bound = rules.rules_of(charge.channel)
    prices = [window.price for window in bound.windows if window.price] if bound else []
    return charge.messages * prices[0] if prices and charge.charge == CHARGED else None


def why(visit: Visit, code: str) -> str:
    """Why a delivery was skipped, refused or is in doubt, as far as we or its platform have words for it."""
    sentence = words.WHY.get(code, "") or next(
        (said for platform in visit.console.platforms.values() if (said := platform.sentence(code))), ""
    )
    return visit.gettext(sentence) if sentence else visit.gettext("mã %(code)s") % {"code": code or "?"}


def _is_moving(run: overview.Row) -> bool:
    """Whether figures still change by themselves: also while what was under way when it was cancelled comes in."""
    return run.state in _MOVES or (run.state is RunState.CANCELLED and run.finished_at is None)


ROUTES = [
    web.get(BROADCASTS + "/{broadcast_id}", show),
    web.post(BROADCASTS + "/{broadcast_id}/search", search),
]
