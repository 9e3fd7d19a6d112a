"""The web chat: a channel whose platform is our own page at /chat.

What is sent to somebody is a row in the `mailbox` table, which her page shows. A row is written once for each message,
however often it is sent: of this channel's sends none is ever in doubt.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot import text
from bot.channels.contract import (
    Account,
    Blame,
    FetchError,
    Ignored,
    Incoming,
    IncomingKind,
    Limits,
    Outgoing,
    Receipt,
    Receive,
    RemoteFile,
    Retry,
    SendError,
)
from bot.channels.web_chat import mailbox
from bot.channels.web_chat.events import Events
from bot.channels.web_chat.forms import TAKEN_UNITS, TEXT_UNITS
from bot.channels.web_chat.mailbox import Chat
from bot.channels.web_chat.pages import Pages
from bot.channels.web_chat.rendering import Rendering
from bot.channels.web_chat.sending import Sending
from bot.channels.web_chat.site import Site
from bot.channels.web_chat.watch import Watch
from bot.clock import Clock
from bot.languages import DEFAULT, Languages
from bot.store.database import Database
from bot.store.tables.messages import Direction
from bot.web.assets import Assets

NAME = "web_chat"

_KINDS = {
    kind.value: kind
    for kind in (IncomingKind.TEXT, IncomingKind.CHOICE, IncomingKind.START, IncomingKind.LEFT)
}
_LANGUAGE_LENGTH = 8


class WebChat:
    """One web chat; there is usually one account of it."""

    name = NAME
    limits = Limits(
        text_units=TEXT_UNITS,
        per_second=0,
        send_timeout=timedelta(seconds=5),
        shows_spans=True,
        shows_choices=True,
        edits=True,
        recalls_within=timedelta(days=3650),  # As long as the chat is kept.
    )

    def __init__(
        self,
        account: Account,
        database: Database,
        *,
        assets: Assets,
        languages: Languages,
        clock: Clock,
        organisation: str,
        web_address: str,
        greeting: Callable[[str], str],
        widget_origins: Sequence[str] = (),
        answer_wait: timedelta = timedelta(seconds=2),
    ) -> None:
        """`greeting` gives what a newcomer reads first in a language; `widget_origins` are the sites that may frame the
        page; a page without JavaScript waits `answer_wait` for the answer to what it sent.
        """
        self.account = account
        self._database = database
        self._clock = clock
        self._languages = languages
        self._watch = Watch(database, account.account_id)
        self._web_address = web_address
        site = Site(
            account=account,
            database=database,
            watch=self._watch,
            assets=assets,
            languages=languages,
            clock=clock,
            organisation=organisation,
            web_address=web_address,
            widget_origins=widget_origins,
            greeting=greeting,
            answer_wait=answer_wait,
        )
        rendering = Rendering(site)
        self._pages = Pages(site, rendering)
        self._sending = Sending(site, rendering)
        self._events = Events(site, rendering)

    async def open(self) -> None:
        """Sending needs nothing but the database."""

    async def close(self) -> None:
        """Nothing is open."""

    async def start_receiving(self, receive: Receive) -> None:
        self._pages.receive = receive
        self._sending.receive = receive
        self._watch.start()

    async def stop_receiving(self) -> None:
        self._pages.receive = None
        self._sending.receive = None
        await self._watch.stop()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [
            web.get("/chat", self._pages.page),
            web.get("/chat/messages", self._events.messages),
            web.get("/chat/events", self._events.events),
            web.get("/chat/files/{line_id}", self._pages.file),
            web.get("/chat/widget.js", self._pages.widget_script),
            web.post("/chat/send", self._sending.send),
            web.post("/chat/forget", self._pages.forget),
        ]

    def parse(self, payload: Mapping[str, Any]) -> Incoming | Ignored:
        kind = _KINDS.get(_text(payload, "kind"))
        address = _text(payload, "address")
        if kind is None:
            return Ignored("unknown_kind")
        if not address:
            return Ignored("no_address")
        said = text.clean(_text(payload, "text"))
        if not said and kind in {IncomingKind.TEXT, IncomingKind.CHOICE}:
            return Ignored("empty")
        return Incoming(
            address=address,
            kind=kind,
            text=text.cut(said, TAKEN_UNITS),
            message_id=_text(payload, "message_id"),
            reply_to=_text(payload, "reply_to"),
            language=_text(payload, "language")[:_LANGUAGE_LENGTH],
        )

    async def send(self, address: str, message: Outgoing, *, key: str) -> Receipt:
        chat = Chat(self.account.account_id, address)
        try:
            async with (
                asyncio.timeout(self.limits.send_timeout.total_seconds()),
                self._database.writing() as connection,
            ):
                line_id = await mailbox.put(
                    connection, chat, message, key=key, direction=Direction.OUT, at=self._clock()
                )
        except (SQLAlchemyError, TimeoutError, OSError) as exc:
            # Even if it was committed: the same key again changes nothing.
            raise SendError("mailbox_unavailable", Retry.LATER) from exc
        if line_id is None:
            raise SendError("chat_cleared", Retry.NEVER, blame=Blame.CONTACT)
        self._watch.wake(address)
        return Receipt(str(line_id))

    async def edit(self, address: str, platform_id: str, message: Outgoing) -> None:
        await self._change(address, platform_id, message)

    async def recall(self, address: str, platform_id: str) -> None:
        await self._change(address, platform_id, None)

    async def _change(self, address: str, platform_id: str, message: Outgoing | None) -> None:
        """Let a line of ours read like this; None: that it was taken back."""
        chat = Chat(self.account.account_id, address)
        try:
            async with (
                asyncio.timeout(self.limits.send_timeout.total_seconds()),
                self._database.writing() as connection,
            ):
                if message is None:
                    language = await mailbox.language(connection, chat)
                    _ = self._languages.of(language or DEFAULT).gettext
                    message = Outgoing(_("Hội đã thu hồi tin nhắn này."))
                is_there = await mailbox.change(connection, chat, platform_id, message, at=self._clock())
        except (SQLAlchemyError, TimeoutError, OSError) as exc:
            raise SendError("mailbox_unavailable", Retry.LATER) from exc
        if not is_there:
            raise SendError("chat_cleared", Retry.NEVER)
        self._watch.wake(address)

    async def fetch(self, file: RemoteFile, *, most_bytes: int) -> bytes:  # noqa: ARG002 - the contract
        raise FetchError("not_offered", is_final=True)  # A page sends words only.

    def link(self, code: str) -> str | None:
        return f"{self._web_address}/chat?ma={quote(code, safe='')}"


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    return value if isinstance(value, str) else ""
