"""Public addresses of our files, for platforms that fetch what we send instead of taking it.

An address is good for one file and for a while, and nobody can make one up: it carries a mark made with the service's key.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

from aiohttp import web

from bot.clock import Clock
from bot.files import ReadFile, StoredFile
from bot.media_types import ending_of
from bot.web.file_response import file_response

_NAME = re.compile(
    r"(?P<file_id>[1-9][0-9]{0,17})-(?P<until>[0-9]{1,12})-(?P<mark>[0-9a-f]{40})(\.[a-z0-9]{1,5})?"
)


class FileLinks:
    """Under one path of ours; `public_url` is how the world reaches us, "" where it cannot."""

    def __init__(self, *, public_url: str, path: str, secret: str, read_file: ReadFile, clock: Clock) -> None:
        self._prefix = public_url + path if public_url else ""
        self._path = path
        self._secret = secret.encode()
        self._read_file = read_file
        self._clock = clock

    def address(self, file: StoredFile, *, lasts: timedelta) -> str:
        """Where the file can be fetched for so long; "" where nobody reaches us."""
        if not self._prefix:
            return ""
        until = int((self._clock() + lasts).timestamp())
        mark = self._mark(file.file_id, until)
        return f"{self._prefix}/{file.file_id}-{until}-{mark}{ending_of(file.media_type)}"

    def routes(self) -> list[web.RouteDef]:
        return [web.get(self._path + "/{name}", self._give)] if self._prefix else []

    async def _give(self, request: web.Request) -> web.Response:
        name = _NAME.fullmatch(request.match_info["name"])
        if name is None:
            raise web.HTTPNotFound
        file_id, until = int(name["file_id"]), int(name["until"])
        is_ours = hmac.compare_digest(name["mark"], self._mark(file_id, until))
        # What is over looks like what never was.
        if not is_ours or datetime.fromtimestamp(until, UTC) < self._clock():
            raise web.HTTPNotFound
        file = await self._read_file(file_id)
        if file is None:
            raise web.HTTPNotFound
        return file_response(file)

    def _mark(self, file_id: int, until: int) -> str:
        return hmac.new(self._secret, f"file:{file_id}:{until}".encode(), hashlib.sha256).hexdigest()[:40]
