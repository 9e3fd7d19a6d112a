"""A Zalo bot as a channel: one bot of the Zalo Bot Platform, which is another thing than an Official Account.

It has no window in which one must answer, but few users and few messages a month: the natural desk of cadres.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot import files
from bot.channels import guarded_download
from bot.channels.contract import (
    Account,
    FileKind,
    Ignored,
    Incoming,
    Limits,
    Outgoing,
    Receipt,
    Receive,
    RemoteFile,
    Retry,
    SendError,
    Update,
)
from bot.channels.file_links import FileLinks
from bot.channels.passage import AnswerLost, PassageError
from bot.channels.reception import FIRST_PAUSE, Reception, Way
from bot.channels.zalo_bot import outgoing, profile
from bot.channels.zalo_bot.attachments import Attachments
from bot.channels.zalo_bot.bookkeeping import Bookkeeping
from bot.channels.zalo_bot.breaker import Breaker
from bot.channels.zalo_bot.chat_pace import ChatPace
from bot.channels.zalo_bot.client import Client
from bot.channels.zalo_bot.errors import ZaloBotError
from bot.channels.zalo_bot.parsing import Reader
from bot.channels.zalo_bot.polling import Polling
from bot.channels.zalo_bot.refusals import QUOTA, UNREACHABLE, Meaning, meaning_of
from bot.channels.zalo_bot.strikes import Strikes
from bot.channels.zalo_bot.troubles import trouble_of
from bot.channels.zalo_bot.typing_sign import TypingSign
from bot.channels.zalo_bot.updates import id_of, is_written
from bot.channels.zalo_bot.webhook import KEEP_AGAIN, Webhook
from bot.clock import Clock
from bot.store.database import Database

NAME = "zalo_bot"

_CONNECT_S = 5.0


class ZaloBot:
    """One bot. With a `public_url` Zalo calls us there, else we poll."""

    name = NAME

    def __init__(
        self,
        account: Account,
        *,
        token: str,
        base_url: str,
        per_second: float,
        send_timeout: timedelta,
        hears_groups: bool,
        public_url: str,
        webhook_secret: str,
        links_secret: str,
        allow_private_media: bool,
        database: Database,
        clock: Clock,
        chat_gap: timedelta = timedelta(seconds=1),
        first_pause: timedelta = FIRST_PAUSE,
        keep_again: Sequence[timedelta] = KEEP_AGAIN,
    ) -> None:
        """`allow_private_media` lets members' files be fetched from this machine's network. Messages to one person stand
        `chat_gap` apart; `first_pause` is how soon to ask a Zalo that is away again; `keep_again` how to repeat keeping what came.
        """
        self.account = account
        # Zalo fetches what we send, which it can only where it reaches us.
        carries = frozenset(FileKind) if public_url else frozenset[FileKind]()
        self.limits = Limits(outgoing.TEXT_UNITS, per_second, send_timeout, carries)
        self._clock = clock
        self._first_pause = first_pause
        # The parts of a send's time add up to `send_timeout`: two connections, for a kept one may be dead, and the answer.
        total_s = send_timeout.total_seconds()
        connect_s = min(_CONNECT_S, total_s / 4)
        self._chat_pace = ChatPace(chat_gap)
        self._client = Client(
            base_url,
            token,
            connect=timedelta(seconds=connect_s),
            answer=timedelta(seconds=total_s - 2 * connect_s),
        )
        read_file = files.reader(database)
        self._links = FileLinks(
            public_url=public_url,
            path=f"/channels/{NAME}/{account.account_id}/files",
            secret=links_secret,
            read_file=read_file,
            clock=clock,
        )
        self._attachments = Attachments(read_file, self._links)
        self._allow_private_media = allow_private_media
        self._typing = TypingSign(self._client)
        self._reader = Reader(account.external_id, hears_groups)
        self._strikes = Strikes()
        self._breaker = Breaker(account.account_id)
        self._bookkeeping = Bookkeeping(database, account.account_id, clock)
        self._webhook = (
            Webhook(
                self._client,
                account_id=account.account_id,
                public_url=public_url,
                secret=webhook_secret,
                clock=clock,
                keep_again=keep_again,
            )
            if public_url
            else None
        )
        self._reception: Reception | None = None
        self._polling: Polling | None = None
        self._receive: Receive | None = None
        self._name = ""

    async def open(self) -> None:
        await self._client.open()
        self._bookkeeping.start()

    async def close(self) -> None:
        await self._client.close()
        await self._bookkeeping.stop()

    async def start_receiving(self, receive: Receive) -> None:
        self._receive = receive
        self._typing.start()
        way: Way
        if self._webhook is None:
            way = self._polling = Polling(
                self._client,
                introduce=self._introduce,
                keep=self._keep,
                clock=self._clock,
                idle_pause=self._first_pause,
            )
        else:
            way = self._webhook
            self._webhook.open(introduce=self._introduce, keep=self._keep)
        self._reception = Reception(
            way,
            name=NAME,
            account_id=self.account.account_id,
            trouble_of=trouble_of,
            first_pause=self._first_pause,
        )
        self._reception.start()

    async def stop_receiving(self) -> None:
        if self._webhook is not None:
            self._webhook.shut()
        if self._reception is not None:
            await self._reception.stop()
        if self._polling is not None:
            await self._polling.finish()
        await self._typing.stop()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [*self._links.routes(), *(self._webhook.routes() if self._webhook is not None else ())]

    def parse(self, payload: Mapping[str, Any]) -> Incoming | Ignored:
        return self._reader.read(payload)

    async def send(self, address: str, message: Outgoing, *, key: str) -> Receipt:
        if (waiting := self._breaker.wait(self._clock())) is not None:
            raise QUOTA.error(waiting)
        try:
            if message.attachment is not None:
                sent = await self._attachments.send(self._call, address, message, message.attachment, key=key)
            else:
                sent = await self._call("sendMessage", outgoing.parameters(address, message))
        except (ZaloBotError, PassageError) as error:
            raise self._judge(address, meaning_of(error)) from error
        self._breaker.sent()
        self._strikes.sent(address)
        # A yes without an id is a yes all the same: a bot's message is never quoted back to us.
        return Receipt(id_of(sent.get("message_id")) if isinstance(sent, Mapping) else "")

    async def fetch(self, file: RemoteFile, *, most_bytes: int) -> bytes:
        fetched = await guarded_download.fetch(
            file.source, most_bytes=most_bytes, allow_private=self._allow_private_media
        )
        return fetched.data

    def link(self, code: str) -> str | None:  # noqa: ARG002 - no address is documented that opens a chat and says something
        return None

    async def _call(self, method: str, parameters: Mapping[str, Any]) -> Any:
        """One sending call in its turn, counted if it went out or may have."""
        await self._chat_pace.turn(parameters["chat_id"])
        try:
            sent = await self._client.call(method, parameters)
        except AnswerLost:
            self._bookkeeping.count(sent=1)  # It may have arrived, and then it counts.
            raise
        self._bookkeeping.count(sent=1)
        return sent

    def _judge(self, address: str, meaning: Meaning) -> SendError:
        if meaning is QUOTA:
            return meaning.error(self._breaker.refused(self._clock()))
        if not meaning.is_strike:
            return meaning.error()
        wait = self._strikes.refused(address)
        if wait is None:
            return UNREACHABLE.error()
        return meaning.error(wait if meaning.retry is Retry.LATER else None)

    async def _introduce(self) -> None:
        found = await profile.learn(self._client)
        self._reader = replace(self._reader, bot_id=found.bot_id or self._reader.bot_id, bot_name=found.name)
        if found.name and found.name != self._name:
            self._name = found.name
            self._bookkeeping.rename(found.name)

    async def _keep(self, updates: Sequence[Update]) -> None:
        if self._receive is None:
            raise RuntimeError("not receiving")
        await self._receive(self.account.account_id, updates)
        self._bookkeeping.count(received=len(updates))
        for update in updates:
            if is_written(update.payload):
                self._typing.show(update.lane)
