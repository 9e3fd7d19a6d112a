"""aiohttp-session on our own table.

The cookie holds a random token, the table only its hash. Somebody who is not signed in has a token too, which the forms
of the sign-in page are tied to, but no row: visitors cannot fill the table.
"""

import warnings

from aiohttp import web
from aiohttp_session import AbstractStorage, Session, SessionData

from bot.clock import Clock
from bot.people import sessions
from bot.people.secret_tokens import new_token
from bot.store.database import Database

COOKIE = "chihoi_console"
PATH = "/console"
REFRESH_HEADER = (
    "X-Refresh"  # On requests that a page makes by itself: they do not show that somebody is there.
)
_STAFF = "staff_id"
_LONGEST_TOKEN = 100


def quiet_known_warning() -> None:
    """aiohttp-session 2.12 keeps its things on the request under plain names, which aiohttp 3.14 advises against."""
    warnings.filterwarnings("ignore", category=web.NotAppKeyWarning, module="aiohttp_session")


class TableStorage(AbstractStorage):
    def __init__(self, database: Database, clock: Clock, *, is_https: bool) -> None:
        super().__init__(cookie_name=COOKIE, path=PATH, secure=is_https, httponly=True, samesite="Lax")
        self._database = database
        self._clock = clock

    async def load_session(self, request: web.Request) -> Session:
        token = self.load_cookie(request)
        if not token or len(token) > _LONGEST_TOKEN:
            return Session(None, data=None, new=True)
        now = self._clock()
        async with self._database.reading() as connection:
            kept = await sessions.find(connection, token, now=now)
        if kept is None:
            return Session(token, data=None, new=True)
        if kept.should_be_seen(now) and REFRESH_HEADER not in request.headers:
            async with self._database.writing() as connection:
                await sessions.has_been_seen(connection, token, now=now)
        data = SessionData(session={**kept.data, _STAFF: kept.staff_id})
        return Session(token, data=data, new=False)

    async def save_session(
        self, request: web.Request, response: web.StreamResponse, session: Session
    ) -> None:
        token = session.identity or new_token()
        now = self._clock()
        data = {key: value for key, value in session.items() if key != _STAFF}
        if session.new and _STAFF in session:
            async with self._database.writing() as connection:
                await sessions.begin(
                    connection, token, staff_id=session[_STAFF], data=data,
                    agent=request.headers.get("User-Agent", ""), now=now,
                )  # fmt: skip
        elif not session.new:
            async with self._database.writing() as connection:
                if session.empty:
                    await sessions.end(connection, token, now=now)
                    token = ""
                else:
                    await sessions.keep_data(connection, token, data)
        self.save_cookie(response, token)
