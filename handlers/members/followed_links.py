"""The addresses that stand for the links of announcements (`broadcasts.links`): counts who opens one, and leads on.

It leads only to a link that stands in that very announcement. Nothing is asked of the browser: no cookie, no script. Machines
that open links to show a preview are led on as well, and not counted.
"""

import re

import structlog
from aiohttp import web

from bot.clock import Clock
from bot.store.database import Database
from broadcasts import links, responses

log = structlog.get_logger()

_MACHINES = re.compile(
    r"(?<!cu)bot\b|bot[/_-]|crawl|spider|preview|facebookexternalhit|facebookcatalog|whatsapp|embedly|slurp|snippet|headless|"
    r"python-|curl/|wget/|go-http|okhttp|java/|libwww|monitor|scan|google-read-aloud|zalo.?share",
    re.IGNORECASE,
)
_PREFETCH = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")


class FollowedLinks:
    """`key` is the one that the addresses were made with."""

    def __init__(self, database: Database, *, key: bytes, clock: Clock) -> None:
        self._database = database
        self._key = key
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        return [web.get(links.PATH + "{token}", self._follow)]

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        read = links.read(request.match_info["token"], self._key)
        if read is None:
            raise web.HTTPNotFound
        delivery_id, number = read
        async with self._database.reading() as connection:
            target = await responses.target(connection, delivery_id, number)
        if target is None:
            raise web.HTTPNotFound
        if is_a_person(request):
            await self._count(delivery_id, target.run_id)
        headers = {
            "Location": target.url,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
        }
        return web.Response(status=302, headers=headers)

    async def _count(self, delivery_id: int, run_id: int) -> None:
        try:
            async with self._database.writing() as connection:
                await responses.record_click(connection, delivery_id, run_id, now=self._clock())
        except Exception:  # She wants to read what is behind the link: that matters more than our figure.
            log.exception("click_not_counted", run=run_id)


def is_a_person(request: web.Request) -> bool:
    """Whether somebody opened it, as far as a request tells: not a program that looks ahead or shows a preview."""
    agent = request.headers.get("User-Agent", "")
    looks_ahead = any(
        word in request.headers.get(name, "").lower()
        for name in _PREFETCH
        for word in ("prefetch", "prerender", "preview")
    )
    return request.method == "GET" and bool(agent) and not looks_ahead and not _MACHINES.search(agent)
