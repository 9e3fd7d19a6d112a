"""POST /chat/send: what a visitor typed, picked or started.

Each form carries a nonce that names the message for ever: a double click, a reload or a repetition over a bad line is
the same message. Whatever is wrong is said to her in a sentence, and what she typed is not lost.
"""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from bot.channels.contract import Receive
from bot.channels.web_chat import mailbox
from bot.channels.web_chat.forms import LINE_ID, NONCE, Act, RefusedError, read_form, understand
from bot.channels.web_chat.mailbox import Line
from bot.channels.web_chat.rendering import Draft, Rendering, new_nonce
from bot.channels.web_chat.site import Site, Visit
from bot.channels.web_chat.taking_in import NotKeptError, take_in
from bot.web.allowance import Allowance
from bot.web.client_address import client_address
from bot.web.origin import is_from_our_page

_A_MINUTE_EACH = 20
_A_MINUTE_FROM_ONE_ADDRESS = (
    300  # A meeting on one wireless network; a mobile network's one address for thousands.
)


class Sending:
    """`receive` is set once the channel has started; until then nothing is taken in."""

    def __init__(self, site: Site, rendering: Rendering) -> None:
        self._site = site
        self._rendering = rendering
        self._each = Allowance(_A_MINUTE_EACH, clock=site.clock)
        self._from_one_address = Allowance(_A_MINUTE_FROM_ONE_ADDRESS, clock=site.clock)
        self.receive: Receive | None = None

    async def send(self, request: web.Request) -> web.StreamResponse:
        visit = await self._site.visit(request)
        fields: Mapping[str, str] = {}
        try:
            fields = await read_form(request, self._site.web_address, visit.say)
            self._admit(request, visit)
            act = understand(fields, visit.say)
            if _wants_json(request):
                line = None if act.is_empty else await self._take_in(visit, act)
                return await self._show(visit, line)
            if not act.is_empty:
                await self._take_in_and_wait(visit, act)
        except RefusedError as refusal:
            response = await self._refuse(request, refusal, fields, visit)
            if not visit.is_known and is_from_our_page(request, self._site.web_address):
                visit.remember(response)
            return response
        return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": visit.doorway.page_address})

    def _admit(self, request: web.Request, visit: Visit) -> None:
        """Let her in, unless we cannot know her again or she comes too often. Raises RefusedError."""
        _ = visit.say
        if not visit.is_known:
            # The page had set the cookie: it was deleted meanwhile, or this browser keeps none in a frame.
            raise RefusedError(
                HTTPStatus.UNAUTHORIZED,
                _("Em chưa nhận ra chị. Chị bấm gửi lại lần nữa nghen; nếu vẫn chưa được, chị mở khung chat ở trang riêng."),
                again=True,
            )  # fmt: skip
        address = client_address(request)
        if not (self._each.take(visit.chat.address) and self._from_one_address.take(address)):
            raise RefusedError(
                HTTPStatus.TOO_MANY_REQUESTS,
                _("Chị nhắn nhanh quá, em đọc theo không kịp. Chị chờ một phút rồi gửi lại giúp em nghen."),
                again=True,
            )

    async def _take_in(self, visit: Visit, act: Act) -> Line | None:
        _ = visit.say
        try:
            if self.receive is not None:
                return await take_in(self._site, self.receive, visit, act)
        except NotKeptError:
            pass
        raise RefusedError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            _("Em đang bận nên chưa nhận được tin. Chị chờ một chút rồi bấm gửi lại nghen."),
            again=True,
        )

    async def _take_in_and_wait(self, visit: Visit, act: Act) -> None:
        """For a page without JavaScript: it shows itself again with the answer, if that comes soon."""
        with self._site.watch.page(visit.chat.address) as stir:
            line = await self._take_in(visit, act)
            try:
                async with asyncio.timeout(self._site.answer_wait.total_seconds()):
                    while line and not await self._is_answered(visit, line):
                        await stir.wait()
                        stir.clear()
            except TimeoutError:
                pass

    async def _is_answered(self, visit: Visit, line: Line) -> bool:
        async with self._site.database.reading() as connection:
            return any(
                later.is_ours and later.at >= line.at
                for later in await mailbox.latest(connection, visit.chat)
            )

    async def _show(self, visit: Visit, line: Line | None) -> web.Response:
        async with self._site.database.reading() as connection:
            html = await self._rendering.lines(connection, visit, [line] if line else [])
        return web.json_response({"html": html})

    async def _refuse(
        self, request: web.Request, refusal: RefusedError, fields: Mapping[str, str], visit: Visit
    ) -> web.Response:
        if _wants_json(request):
            answer = {"error": refusal.sentence, "again": refusal.again}
            return web.json_response(answer, status=refusal.status)
        nonce, reply_to = fields.get("nonce", ""), fields.get("reply_to", "")
        draft = Draft(
            text=fields.get("text", ""),
            reply_to=int(reply_to) if LINE_ID.fullmatch(reply_to) and "text" in fields else None,
            start_code=fields.get("ma", "") if refusal.again else "",
            notice=refusal.sentence,
            # Where the same may succeed later it keeps its name: it may have been taken in after all.
            nonce=nonce if refusal.again and NONCE.fullmatch(nonce) else new_nonce(),
        )
        page = await self._rendering.page(visit, draft)
        return web.Response(text=page, status=refusal.status, content_type="text/html")


def _wants_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")
