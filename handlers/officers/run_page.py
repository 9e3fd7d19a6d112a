"""An announcement after it was confirmed: how far its run has come, who got it, and stopping it."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import rules
from bot.people import units
from bot.store.tables.broadcasts import BroadcastState, DeliveryState, RunState
from bot.store.tables.people import Role
from broadcasts import overview, results, running
from broadcasts.audience import Audience
from broadcasts.refused import Refused
from handlers.officers import phone_preview, query, words
from handlers.officers.broadcasts import BROADCASTS, SECTION, broadcast
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

_MOVES = (RunState.FILLING, RunState.RUNNING)
CHARGED = "charged"  # The platform took money for it.
_ENOUGH = 2000  # The text was checked when it was confirmed.


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        row = await broadcast(visit, connection)
        if row.state is BroadcastState.DRAFT:
            return visit.go(f"{BROADCASTS}/{row.id}/review")
        if row.state is BroadcastState.WAITING:
            return visit.go(f"{BROADCASTS}/{row.id}/approval")
        return await _page(visit, connection, row)


async def _page(visit: Visit, connection: AsyncConnection, row: overview.Row) -> web.StreamResponse:
    asked = visit.request.query
    outcome = query.choice(DeliveryState, asked.get("outcome", ""))
    state = row.run_state or row.state
    context: dict[str, Any] = {
        "broadcast": row,
        "state": state,
        "people_unit": await units.name_of(
            connection, _audience(row).unit_ids[0] if row.audience.get("who") else None
        ),
        "channels": [
            one.name for one in await overview.channels(connection) if one.channel in _audience(row).channels
        ],
        "bubbles": phone_preview.bubbles(row.texts, _ENOUGH, visit.gettext),
        "outcome": outcome,
        "moves": row.state is BroadcastState.SCHEDULED or _is_moving(row),
        "progress": None,
        "people": None,
        "read": None,
        "charges": [],
        "why": lambda code: _why(visit, code),
    }
    if row.run_id is not None:
        context["progress"] = await results.progress(connection, row.run_id, now=visit.now)
        context["read"] = await results.read(connection, row.run_id)
        context["charges"] = [(one, _cost(one)) for one in await results.charges(connection, row.run_id)]
        context["people"] = await results.recipients(
            connection, row.run_id, visit.viewer, state=outcome, page=query.number(asked.get("page", "")) or 1
        )
    # A page that refreshes itself says in which state it was drawn: when that has changed, so have its buttons.
    is_refresh = "drawn" in asked
    response = visit.page(
        "broadcasts/run.html", context, block="progress" if is_refresh else "people", section=SECTION
    )
    if is_refresh and asked["drawn"] != str(state):
        response.headers["HX-Refresh"] = "true"
    return response


def _audience(row: overview.Row) -> Audience:
    return Audience.from_json(row.audience)


def _cost(charge: results.Charge) -> int | None:
    """What it costs by our rules; None where no money is taken, or nobody knows how much."""
    bound = rules.rules_of(charge.channel)
    prices = [window.price for window in bound.windows if window.price] if bound else []
    return charge.messages * prices[0] if prices and charge.charge == CHARGED else None


def _why(visit: Visit, code: str) -> str:
    """Why a delivery was skipped, refused or is in doubt, as far as we or its platform have words for it."""
    sentence = words.WHY.get(code, "") or next(
        (said for platform in visit.console.platforms.values() if (said := platform.sentence(code))), ""
    )
    return visit.gettext(sentence) if sentence else visit.gettext("mã %(code)s") % {"code": code or "?"}


def _is_moving(row: overview.Row) -> bool:
    """Whether figures still change by themselves: also while what was under way when it was cancelled comes in."""
    return row.run_state in _MOVES or (row.run_state is RunState.CANCELLED and row.finished_at is None)


@allowed(Role.OFFICER)
async def pause(visit: Visit) -> web.StreamResponse:
    async def act(connection: AsyncConnection, run_id: int) -> str:
        await running.pause(connection, run_id, staff_id=visit.viewer.staff_id, now=visit.now)
        return visit.gettext("Đã tạm dừng. Những tin đang trên đường vẫn tới.")

    return await _act(visit, act)


@allowed(Role.OFFICER)
async def resume(visit: Visit) -> web.StreamResponse:
    async def act(connection: AsyncConnection, run_id: int) -> str:
        await running.resume(connection, run_id, staff_id=visit.viewer.staff_id, now=visit.now)
        return visit.gettext("Đang gửi tiếp từ chỗ đã dừng.")

    return await _act(visit, act)


@allowed(Role.OFFICER)
async def cancel(visit: Visit) -> web.StreamResponse:
    async def act(connection: AsyncConnection, run_id: int) -> str:
        await running.cancel(connection, run_id, staff_id=visit.viewer.staff_id, now=visit.now)
        return visit.gettext("Đã hủy đợt gửi. Những người chưa được gửi sẽ không nhận tin này.")

    return await _act(visit, act)


@allowed(Role.OFFICER)
async def send_again(visit: Visit) -> web.StreamResponse:
    """Send once more to those of whom it is not known whether it arrived: to the ticked ones, or to all."""
    chosen = [
        number
        for name in visit.form
        if name.startswith("delivery-") and (number := query.number(name.removeprefix("delivery-")))
    ]
    to_all = visit.field("to") == "all"

    async def act(connection: AsyncConnection, run_id: int) -> str:
        if not chosen and not to_all:
            raise Refused(visit.gettext("Chị đánh dấu người cần gửi lại trước đã."))
        count = await results.send_uncertain_again(
            connection, run_id, None if to_all else chosen, staff_id=visit.viewer.staff_id, now=visit.now
        )
        return (
            visit.translations.ngettext("Đang gửi lại cho %d người.", "Đang gửi lại cho %d người.", count)
            % count
        )

    return await _act(visit, act)


async def _act(visit: Visit, act: Callable[[AsyncConnection, int], Awaitable[str]]) -> web.StreamResponse:
    async with visit.console.database.writing() as connection:
        row = await broadcast(visit, connection)
        if row.run_id is None:
            raise web.HTTPNotFound
        try:
            visit.flash(await act(connection, row.run_id))
        except Refused as refused:
            visit.flash(visit.gettext(str(refused)), "warning")
    return visit.go(f"{BROADCASTS}/{row.id}")


ROUTES = [
    web.get(BROADCASTS + "/{broadcast_id}", show),
    web.post(BROADCASTS + "/{broadcast_id}/pause", pause),
    web.post(BROADCASTS + "/{broadcast_id}/resume", resume),
    web.post(BROADCASTS + "/{broadcast_id}/cancel", cancel),
    web.post(BROADCASTS + "/{broadcast_id}/again", send_again),
]
