"""What an officer does with a sending: pause and resume it, slow it down, end it, send again what failed or is in doubt."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables.people import Role
from broadcasts import results, revising, running
from broadcasts.refused import N_, Refused
from handlers.officers import chosen_run, query
from handlers.officers.broadcasts import BROADCASTS
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

Act = Callable[[AsyncConnection, int], Awaitable[str]]
"""Does it to a run, and says what is so from now on."""


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
async def set_pace(visit: Visit) -> web.StreamResponse:
    """So many a minute; left empty, as fast as it goes."""
    typed = visit.field("per_minute")
    per_minute = query.number(typed)

    async def act(connection: AsyncConnection, run_id: int) -> str:
        if typed and per_minute is None:
            raise Refused(
                N_("Tốc độ gửi là số tin mỗi phút, từ 1 đến 60000. Để trống là gửi nhanh nhất có thể.")
            )
        await running.set_pace(connection, run_id, per_minute, staff_id=visit.viewer.staff_id, now=visit.now)
        if per_minute is None:
            return visit.gettext("Từ giờ gửi nhanh nhất có thể.")
        return visit.gettext("Từ giờ gửi nhiều nhất %(count)s tin mỗi phút.") % {"count": per_minute}

    return await _act(visit, act)


@allowed(Role.OFFICER)
async def retry(visit: Visit) -> web.StreamResponse:
    """Send once more to those whom it could not be sent to."""

    async def act(connection: AsyncConnection, run_id: int) -> str:
        count = await running.retry_failed(connection, run_id, staff_id=visit.viewer.staff_id, now=visit.now)
        return _again_for(visit, count)

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
        return _again_for(visit, count)

    return await _act(visit, act)


@allowed(Role.OFFICER)
async def recall(visit: Visit) -> web.StreamResponse:
    async def act(connection: AsyncConnection, run_id: int) -> str:
        await revising.recall(connection, run_id, staff_id=visit.viewer.staff_id, now=visit.now)
        return visit.gettext(
            "Đang thu hồi. Nơi nào kênh không cho thu hồi, hoặc tin đã lâu, thì tin vẫn còn trên máy chị em."
        )

    return await _act(visit, act)


def _again_for(visit: Visit, count: int) -> str:
    return (
        visit.translations.ngettext("Đang gửi lại cho %d người.", "Đang gửi lại cho %d người.", count) % count
    )


async def _act(visit: Visit, act: Act) -> web.StreamResponse:
    async with visit.console.database.writing() as connection:
        chosen, run = await chosen_run.with_run(visit, connection)
        try:
            visit.flash(await act(connection, run.id))
        except Refused as refused:
            visit.flash(visit.gettext(str(refused)), "warning")
    return visit.go(chosen.here)


ROUTES = [
    web.post(BROADCASTS + "/{broadcast_id}/pause", pause),
    web.post(BROADCASTS + "/{broadcast_id}/resume", resume),
    web.post(BROADCASTS + "/{broadcast_id}/cancel", cancel),
    web.post(BROADCASTS + "/{broadcast_id}/pace", set_pace),
    web.post(BROADCASTS + "/{broadcast_id}/retry", retry),
    web.post(BROADCASTS + "/{broadcast_id}/again", send_again),
    web.post(BROADCASTS + "/{broadcast_id}/recall", recall),
]
