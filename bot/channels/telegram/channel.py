"""Telegram as a channel: one bot, by python-telegram-bot over our own transport.

The library's Application is not used: it queues updates in memory and would lose them with the process. Updates go to
intake raw, and what is sent stands in the database.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from aiohttp import web
from telegram import Bot
from telegram.error import TelegramError

from bot.channels.contract import (
    Account,
    Ignored,
    Incoming,
    Limits,
    Outgoing,
    Receipt,
    Receive,
    RemoteFile,
    Update,
)
from bot.channels.reception import FIRST_PAUSE, Reception, Way
from bot.channels.telegram import outgoing, parsing, profile, revising
from bot.channels.telegram.attachments import CAPTION_UNITS, Attachments
from bot.channels.telegram.downloads import download
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.presses import WORKERS, Presses
from bot.channels.telegram.refusals import not_understood, send_error
from bot.channels.telegram.transport import AiohttpRequest
from bot.channels.telegram.troubles import trouble_of
from bot.channels.telegram.updates import press_id_of
from bot.channels.telegram.webhook import Webhook
from bot.files import ReadFile
from bot.languages import Languages

NAME = "telegram"

_CONNECT_S = 5.0
_SPARE_CONNECTIONS = WORKERS + 2  # For what is not sending: answered presses, the webhook, the name.


class Telegram:
    """One bot. With a `public_url` Telegram calls us there, else we poll."""

    name = NAME

    def __init__(
        self,
        account: Account,
        *,
        token: str,
        base_url: str,
        file_base_url: str,
        per_second: float,
        send_timeout: timedelta,
        in_flight: int,
        languages: Languages,
        public_url: str,
        webhook_secret: str,
        read_file: ReadFile,
        first_pause: timedelta = FIRST_PAUSE,
    ) -> None:
        """`in_flight` sends may be under way at once; `first_pause` is how soon to ask a Telegram that is away again."""
        self.account = account
        self.limits = Limits(
            outgoing.TEXT_UNITS,
            per_second,
            send_timeout,
            caption_units=CAPTION_UNITS,
            shows_spans=True,
            shows_choices=True,
            edits=True,
            recalls_within=revising.RECALLS_WITHIN,
        )
        self._languages = languages
        self._first_pause = first_pause
        # The parts of a send's time add up to `send_timeout`: a slot, a connection, the answer.
        connect_s = min(_CONNECT_S, send_timeout.total_seconds() / 4)
        self._request = AiohttpRequest(
            max_connections=in_flight + _SPARE_CONNECTIONS,
            pool_timeout=connect_s,
            connect_timeout=connect_s,
            read_timeout=send_timeout.total_seconds() - 2 * connect_s,
        )
        self._poll_request = AiohttpRequest(max_connections=1)
        self._bot = _bot(token, base_url, file_base_url, self._request)
        self._polling_bot = _bot(token, base_url, file_base_url, self._poll_request)
        self._attachments = Attachments(self._bot, read_file)
        self._presses = Presses(self._bot)
        self._webhook = (
            Webhook(self._bot, account_id=account.account_id, public_url=public_url, secret=webhook_secret)
            if public_url
            else None
        )
        self._reception: Reception | None = None
        self._receive: Receive | None = None
        self._username = ""

    async def open(self) -> None:
        # Not `Bot.initialize`: it fails while Telegram is away, and puts the token into its error's text.
        await self._request.initialize()

    async def close(self) -> None:
        await self._request.shutdown()

    async def start_receiving(self, receive: Receive) -> None:
        self._receive = receive
        await self._poll_request.initialize()
        self._presses.start()
        way: Way
        if self._webhook is None:
            way = Polling(self._polling_bot, introduce=self._introduce, keep=self._keep)
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
        await self._presses.stop()
        await self._poll_request.shutdown()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return self._webhook.routes() if self._webhook is not None else []

    def parse(self, payload: Mapping[str, Any]) -> Incoming | Ignored:
        return parsing.parse(payload)

    async def send(self, address: str, message: Outgoing, *, key: str) -> Receipt:
        try:
            # The raw call, in a spelling for which the library has no function: making its objects of the answer, of
            # which we need one number, costs half as much again as all the rest of a send.
            if message.attachment is not None:
                sent = await self._attachments.send(address, message, message.attachment, key=key)
            else:
                sent = await self._bot.do_api_request(
                    "SendMessage", api_kwargs=outgoing.parameters(address, message)
                )
        except TelegramError as error:
            raise send_error(error) from error
        message_id = sent.get("message_id") if isinstance(sent, dict) else None
        if not isinstance(message_id, int):
            raise not_understood()
        return Receipt(str(message_id))

    async def edit(self, address: str, platform_id: str, message: Outgoing) -> None:
        await revising.edit(self._bot, address, platform_id, message)

    async def recall(self, address: str, platform_id: str) -> None:
        await revising.recall(self._bot, address, platform_id)

    async def fetch(self, file: RemoteFile, *, most_bytes: int) -> bytes:
        return await download(self._bot, file.source, most_bytes=most_bytes)

    def link(self, code: str) -> str | None:
        return f"https://t.me/{self._username}?start={code}" if self._username else None

    async def _introduce(self) -> None:
        self._username = await profile.learn_name(self._bot)
        await profile.set_commands(self._bot, self._languages)

    async def _keep(self, updates: Sequence[Update]) -> None:
        if self._receive is None:
            raise RuntimeError("not receiving")
        await self._receive(self.account.account_id, updates)
        for update in updates:
            if press_id := press_id_of(update.payload):
                self._presses.answer(press_id)


def _bot(token: str, base_url: str, file_base_url: str, request: AiohttpRequest) -> Bot:
    # Both given, so that the library makes no transport of its own.
    return Bot(
        token, base_url=base_url, base_file_url=file_base_url, request=request, get_updates_request=request
    )
