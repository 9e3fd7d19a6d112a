"""The interaction log: what was said with the people of the officer's unit."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import file_sight, interaction_log
from bot.people import acts, viewers
from bot.store.tables.messages import Direction
from bot.store.tables.people import Role
from handlers.officers import csv_download, query, words
from handlers.officers.permission import allowed
from handlers.officers.templates import channel, moment
from handlers.officers.visit import Visit

LOG = "/console/log"
_SECTION = "log"
_FIELDS = ("direction", "channel", "kind", "unit", "since", "until", "member")


@allowed(Role.OFFICER)
async def show_list(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        chosen = await _chosen(visit, connection)
        page = await interaction_log.page(connection, visit.viewer, chosen, query.place(visit))
        context = {
            "page": page,
            "files": await file_sight.of_log_lines(connection, [row.id for row in page.rows]),
            "channels": await interaction_log.channels(connection),
            "units": await viewers.units_to_choose(connection, visit.viewer),
            "words_searched": chosen.words,
            "asked": {name: visit.request.query.get(name, "") for name in _FIELDS},
            "wrong_day": any(_is_wrong_day(visit, name) for name in ("since", "until")),
            "query": query.again(visit),
        }
    return visit.page("log/list.html", context, block="results", section=_SECTION)


@allowed(Role.OFFICER)
async def search(visit: Visit) -> web.StreamResponse:
    return visit.go(f"{LOG}?{query.from_form(visit, _SECTION, _FIELDS)}")


@allowed(Role.OFFICER)
async def export(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    asked = visit.request.query
    async with visit.console.database.writing() as connection:
        chosen = await _chosen(visit, connection)
        filters = {name: asked[name] for name in _FIELDS if asked.get(name)}
        await acts.record(
            connection, visit.viewer.staff_id, "log_exported", now=visit.now,
            filters=filters, has_words=bool(chosen.words),
        )  # fmt: skip
    header = [
        _("Số"),
        _("Lúc"),
        _("Chiều"),
        _("Kênh"),
        _("Loại"),
        _("Đơn vị"),
        _("Người"),
        _("Cán bộ viết"),
        _("Phí"),
        _("Nội dung"),
    ]
    return await csv_download.stream(visit, "nhat-ky", header, _rows(visit, chosen))


async def _rows(visit: Visit, chosen: interaction_log.Chosen) -> AsyncIterator[Sequence[Sequence[object]]]:
    _ = visit.gettext
    hidden = _("(nội dung được giữ kín)")
    async for chunk in interaction_log.chunks(visit.console.database, visit.viewer, chosen):
        yield [
            (
                row.id, moment(row.at), _(words.DIRECTION[row.direction]), channel(row.channel),
                _(words.KIND[row.kind]) if row.kind in words.KIND else row.kind,
                row.unit_name, row.member_name or row.desk_name, row.writer_name,
                _(words.CHARGE[row.charge]) if row.charge in words.CHARGE else row.charge,
                hidden if row.is_sensitive else row.text,
            )
            for row in chunk
        ]  # fmt: skip


async def _chosen(visit: Visit, connection: AsyncConnection) -> interaction_log.Chosen:
    """What the list is asked for. What is no proper choice, or not hers to see, counts as not chosen."""
    asked = visit.request.query
    unit_id = query.number(asked.get("unit", ""))
    path = await viewers.path_in_sight(connection, visit.viewer, unit_id) if unit_id else None
    until = query.day(asked.get("until", ""))
    kind = asked.get("kind", "")
    return interaction_log.Chosen(
        words=query.words(visit, _SECTION),
        direction=query.choice(Direction, asked.get("direction", "")),
        channel=asked.get("channel", ""),
        kind=kind if kind in words.KIND else "",
        unit_path=path or "",
        member_id=query.number(asked.get("member", "")),
        since=query.day(asked.get("since", "")),
        until=until + timedelta(days=1) if until else None,
    )


def _is_wrong_day(visit: Visit, name: str) -> bool:
    typed = visit.request.query.get(name, "")
    return bool(typed) and query.day(typed) is None


ROUTES = [
    web.get(LOG, show_list),
    web.post(LOG, search),
    web.post(LOG + "/export", export),
]
