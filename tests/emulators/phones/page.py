"""Serves the phone page: whole, as a fragment that waits for changes, and the forms that act.

It works without JavaScript; with it, what happens shows at once and a half-written line stays.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import jinja2
from aiohttp import web

from tests.emulators.clock import EmulatorClock
from tests.emulators.news import News
from tests.emulators.parameters import JSON, read_body
from tests.emulators.phones.views import Board

_HERE = Path(__file__).parent
_STATIC = {"phones.css": "text/css", "phones.js": "text/javascript"}
_WAIT_S = 20.0

MOVES = (
    ("+1 giờ", timedelta(hours=1)),
    ("+12 giờ", timedelta(hours=12)),
    ("+47 giờ 59", timedelta(hours=47, minutes=59)),
    ("+48 giờ", timedelta(hours=48)),
    ("+7 ngày", timedelta(days=7)),
)


class PhonePage:
    """`board` shows the state; `act` carries out a form (its fields as given) and says what went wrong, or "".

    `changes` counts what a viewer must see; `news` tells of it.
    """

    def __init__(
        self,
        *,
        board: Callable[[], Board],
        act: Callable[[JSON], Awaitable[str]],
        changes: Callable[[], int],
        news: News,
        clock: EmulatorClock,
    ) -> None:
        self._board = board
        self._act = act
        self._changes = changes
        self._news = news
        self._clock = clock
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE), autoescape=True, undefined=jinja2.StrictUndefined
        )

    async def serve(self, request: web.BaseRequest, rest: str) -> web.Response:
        if rest in _STATIC:
            return web.Response(
                text=(_HERE / rest).read_text("utf-8"), content_type=_STATIC[rest], charset="utf-8"
            )
        if rest == "act" and request.method == "POST":
            return await self._carry_out(request)
        if rest == "board":
            since = int(request.query.get("since", "-1"))
            await self._news.until(lambda: self._changes() != since, _WAIT_S)
            return self._render("board.html")
        if rest == "":
            return self._render("page.html")
        return web.Response(status=404, text="404")

    async def _carry_out(self, request: web.BaseRequest) -> web.Response:
        form = await read_body(request)
        if form.get("act") == "move":
            self._clock.move(dict(MOVES)[form["value"]])
            wrong = ""
        else:
            try:
                wrong = await self._act(form)
            except (LookupError, ValueError) as exc:
                wrong = f"Không làm được: {exc}"
        self._news.tell()
        if request.headers.get("X-Phones"):
            return web.json_response({"wrong": wrong})
        if wrong:
            return web.Response(text=wrong, status=400)
        return web.Response(status=303, headers={"Location": "/"})

    def _render(self, template: str) -> web.Response:
        board = self._board()
        text = self._templates.get_template(template).render(
            board=board, changes=self._changes(), moves=[label for label, _ in MOVES]
        )
        return web.Response(text=text, content_type="text/html", charset="utf-8")
