"""An announcement after it was confirmed: how far its sending has come, who got it, what they said to it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import rules
from bot.languages import DEFAULT
from bot.store.pages import Page
from bot.store.tables.broadcasts import ApprovalState, BroadcastState, DeliveryState, RunState, Variant
from bot.store.tables.people import Role
from broadcasts import approval, overview, progress, recipients, results, revising, sentences, timing, trial
from broadcasts.audience import Audience
from broadcasts.content import Content
from broadcasts.recipients import Did, Reads, Which
from broadcasts.refused import Refused
from handlers.officers import chosen_run, goes_out, phone_preview, possible_acts, query, words
from handlers.officers.broadcasts import BROADCASTS, SECTION
from handlers.officers.chosen_run import ChosenRun
from handlers.officers.following import FEW, following
from handlers.officers.permission import allowed
from handlers.officers.phone_preview import Preview
from handlers.officers.visit import Visit, is_htmx

CHARGED = "charged"  # The platform took money for it.
_SEARCH = "recipients"
_FILTERS = ("outcome", "code", "did", "answer", "variant", "reads")
_MOVES = (RunState.FILLING, RunState.RUNNING)
_HAS_PEOPLE = set(RunState) - {RunState.FILLING}
_HIGHEST_ANSWER = 9


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
    changed, so have its buttons, and they come along. What was drawn before its people stood there is another page by now.
    """
    drawn = visit.request.query["drawn"]
    context = await _figures(visit, connection, chosen, may_last=True)
    if drawn != str(context["state"]):
        may = await possible_acts.of(visit, connection, chosen.run, context["progress"])
        context |= {"is_drawn_anew": True, "may": may}
    response = visit.page("broadcasts/run.html", context, block="progress", section=SECTION)
    if context["is_drawn_anew"] or context["has_few"]:
        response.headers["HX-Trigger"] = "moved"  # The names fetch themselves anew.
    if drawn not in _HAS_PEOPLE and context["is_drawn_anew"]:
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
    texts = (run.revised or run.texts) if run is not None else row.texts
    context |= {
        "audience": await _audience(visit, connection, run.audience if run is not None else row.audience),
        "approved": await _approved(connection, row.id),
        "runs": await overview.runs_of(connection, row.id),
        "preview": await preview_of(visit, connection, chosen, texts or row.texts),
        "may": await possible_acts.of(visit, connection, run, context["progress"]),
        "people": None,
        "posts": [],
    }
    if run is not None:
        context |= await _people(visit, connection, run)
        context["posts"] = [
            (post, post_name(context["content"], post)) for post in await recipients.posts(connection, run.id)
        ]
    return visit.page("broadcasts/run.html", context, section=SECTION)


async def preview_of(
    visit: Visit, connection: AsyncConnection, chosen: ChosenRun, texts: Mapping[str, str]
) -> Preview:
    """The announcement as it arrives on each of its channels, with these texts. What was changed is tried in one text only."""
    row, run = chosen.broadcast, chosen.run
    content = content_of(run if run is not None else row)
    if run is not None and texts != run.texts:
        content = replace(content, trial=None)
    try:
        wanted = Audience.from_json(run.audience if run is not None else row.audience).channels
    except Refused:  # Of a sending that could not begin.
        wanted = ()
    return await phone_preview.preview(
        connection,
        texts,
        content,
        [one for one in await overview.channels(connection) if one.channel in wanted],
        visit.console.limits,
        visit.gettext,
        unit_id=row.unit_id,
    )


def _frame(visit: Visit, chosen: ChosenRun) -> dict[str, Any]:
    """What is known without counting."""
    row, run = chosen.broadcast, chosen.run
    content = content_of(run if run is not None else row)
    schedule = timing.from_json(row.schedule)
    return {
        "broadcast": row,
        "run": run,
        "here": chosen.here,
        "state": run.state if run is not None else row.state,
        "moves": row.state is BroadcastState.SCHEDULED if run is None else _is_moving(run),
        # Of what goes once, the hour that it was due at says all; what began as "now" may have waited for approval.
        "timing": timing.sentence(schedule, visit.gettext)
        if schedule and not isinstance(schedule, timing.Once)
        else "",
        "is_for_newcomers": isinstance(schedule, timing.Joined),
        "content": content,
        "per_day": (run if run is not None else row).per_day,
        "clicks": goes_out.clicks_of(visit, (run if run is not None else row).texts, content),
        "label": partial(label, content),
        "why": lambda code: why(visit, code),
    }


async def _approved(connection: AsyncConnection, broadcast_id: int) -> approval.Row | None:
    """The request that a second person agreed to, with `decider` by name; None where nobody had to."""
    found = await approval.latest(connection, broadcast_id)
    return found if found is not None and found.state is ApprovalState.APPROVED else None


async def _figures(
    visit: Visit, connection: AsyncConnection, chosen: ChosenRun, *, may_last: bool = False
) -> dict[str, Any]:
    """`may_last`: nobody waits before an empty page for what takes seconds to count."""
    run = chosen.run
    context = _frame(visit, chosen) | {
        "is_drawn_anew": False,
        "changed": None,
        "progress": None,
        "read": None,
        "charges": [],
        "responded": None,
        "tried": [],
        "rest": None,
        "has_few": True,
    }
    if run is not None:
        console = visit.console
        figures = await progress.of_run(
            connection, run.id, now=visit.now, policy=console.policy, foretelling=console.foretelling, may_last=may_last
        )  # fmt: skip
        context |= {
            "progress": figures,
            "has_few": figures.total <= FEW,
            "responded": await results.responded(connection, run.id),
            "rest": await trial.rest_in(connection, run, context["content"].trial, figures.total),
        }
        if run.state is RunState.CANCELLED and figures.percent == 100:
            context["moves"] = False  # Nothing that was sent comes in any more.
        # Counted row by row: of a large run not while it goes on.
        if not _is_moving(run) or context["has_few"]:
            has_two_texts = context["content"].trial is not None
            context["tried"] = await results.tried(connection, run.id) if has_two_texts else []
            if run.revision:
                changed = await revising.changed(connection, run, console.limits, now=visit.now)
                context |= {"changed": changed, "moves": context["moves"] or changed.under_way > 0}
            context["read"] = await results.read(connection, run.id)
            context["charges"] = [(one, _cost(one)) for one in await results.charges(connection, run.id)]
    asked = query.number(visit.request.query.get("asked", "")) or 0
    return context | {"follows": following(context["progress"], moves=context["moves"], asked=asked)}


async def _people(visit: Visit, connection: AsyncConnection, run: overview.Row) -> dict[str, Any]:
    which = _which(visit)
    page: Page[recipients.Row] = await recipients.page(
        connection, run.id, visit.viewer, which, query.place(visit)
    )
    chosen = {name: value for name, value in visit.request.query.items() if name in {"run", *_FILTERS}}
    return {
        "people": page,
        "address": visit.request.path_qs,
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
        reads=query.choice(Reads, asked.get("reads", "")),
        words=query.words(visit, _SEARCH),
    )


def _narrowed(visit: Visit, more: dict[str, object]) -> str:
    """The address of the names behind a figure."""
    run = visit.request.query.get("run", "")
    chosen = {"run": run, **{name: str(value) for name, value in more.items() if value}}
    return f"{visit.request.path}?{urlencode({name: value for name, value in chosen.items() if value})}"


async def _audience(visit: Visit, connection: AsyncConnection, stored: object) -> list[str]:
    try:
        return await sentences.of_audience(connection, Audience.from_json(stored), visit.gettext)
    except Refused:  # Of a sending that could not begin.
        return []


def content_of(stored: overview.Row) -> Content:
    """All but its texts, of an announcement or a sending."""
    try:
        return Content.from_json(stored.content)
    except (KeyError, TypeError, ValueError):  # Of a sending that could not begin.
        return Content()


def post_name(content: Content, row: recipients.Row) -> str:
    """What an officer called the place of a post by."""
    names = {(post.account_id, post.target): post.name for post in content.posts}
    return names.get((row.account_id, row.address)) or str(row.address)


def label(content: Content, number: int) -> str:
    """What an answer says."""
    said = content.answers[number - 1] if 1 <= number <= len(content.answers) else {}
    return said.get(DEFAULT) or next(iter(said.values()), str(number))


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
