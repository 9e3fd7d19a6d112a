"""The chat page, clearing it, and the script that puts it on another site."""

from http import HTTPStatus

import structlog
from aiohttp import web

from bot import files
from bot.channels.contract import Receive, Update
from bot.channels.web_chat import mailbox
from bot.channels.web_chat.forms import CODE, LINE_ID, RefusedError, read_form
from bot.channels.web_chat.mailbox import Chat
from bot.channels.web_chat.rendering import Draft, Rendering
from bot.channels.web_chat.site import Site
from bot.channels.web_chat.visitor import new_visitor
from bot.web.file_response import file_response

log = structlog.get_logger()

_WIDGET_HEADERS = {
    # The site around it may be written in another encoding, which it would be read in otherwise.
    "Content-Type": "text/javascript; charset=utf-8",
    "Cache-Control": "public, max-age=3600",  # Its address carries no hash, because other sites name it.
}


class Pages:
    """`receive` is set once the channel has started."""

    def __init__(self, site: Site, rendering: Rendering) -> None:
        self._site = site
        self._rendering = rendering
        self.receive: Receive | None = None

    async def page(self, request: web.Request) -> web.StreamResponse:
        """GET /chat. Changes nothing but the cookie: link previews and robots open it too, also with a code."""
        visit = await self._site.visit(request)
        _ = visit.say
        query = request.query
        code, reply_to, before = query.get("ma", ""), query.get("tra_loi", ""), query.get("truoc", "")
        draft = Draft(
            start_code=code if CODE.fullmatch(code) else "",
            reply_to=int(reply_to) if LINE_ID.fullmatch(reply_to) else None,
            notice=_("Em đã xóa khung chat trên máy này.") if "da_xoa" in query else "",
        )
        page = await self._rendering.page(
            visit, draft, before=int(before) if LINE_ID.fullmatch(before) else None
        )
        response = web.Response(text=page, content_type="text/html")
        visit.remember(response)
        return response

    async def forget(self, request: web.Request) -> web.StreamResponse:
        """POST /chat/forget: delete what the page shows and be somebody new on this browser."""
        visit = await self._site.visit(request)
        try:
            await read_form(request, self._site.web_address, visit.say)
        except RefusedError as refusal:
            raise web.HTTPForbidden from refusal
        if visit.is_known:
            await self._clear(visit.chat)
        address = visit.doorway.page_address
        location = f"{address}{'&' if '?' in address else '?'}da_xoa=1"
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": location})
        visit.doorway.remember(response, new_visitor())
        return response

    async def _clear(self, chat: Chat) -> None:
        async with self._site.database.writing() as connection:
            had_lines = await mailbox.clear(connection, chat, now=self._site.clock())
        self._site.watch.wake(chat.address)  # Another tab may show it still.
        if not had_lines or self.receive is None:
            return
        try:
            payload = {"kind": "left", "address": chat.address}
            await self.receive(chat.account_id, [Update(chat.marker, chat.address, payload)])
        except Exception:
            # The next message to her is refused, which says the same: her chat is cleared in any case.
            log.exception("chat_clearing_not_passed_on")

    async def file(self, request: web.Request) -> web.StreamResponse:
        """GET /chat/files/N: what a line of her own chat carries; anybody else finds nothing there."""
        visit = await self._site.visit(request)
        line_id = request.match_info["line_id"]
        if not visit.is_known or not LINE_ID.fullmatch(line_id):
            raise web.HTTPNotFound
        async with self._site.database.reading() as connection:
            found = await mailbox.some(connection, visit.chat, [int(line_id)])
            attachment = found[0].message.attachment if found else None
            file = await files.read(connection, attachment.file_id) if attachment else None
        if file is None:
            raise web.HTTPNotFound
        return file_response(file)

    async def widget_script(self, _request: web.Request) -> web.StreamResponse:
        """GET /chat/widget.js, for sites that the settings allow to frame the chat."""
        if not self._site.widget_origins:
            raise web.HTTPNotFound
        path = self._site.assets.folder / self._site.assets.names["widget.js"]
        return web.FileResponse(path, headers=_WIDGET_HEADERS)
