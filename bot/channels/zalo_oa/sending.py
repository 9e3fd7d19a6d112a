"""Sends one message from an Official Account, and says what became of it.

One `Outgoing` is one send for whoever counts. Where it needs two calls, the first carries the words, and what happens to
the second never lets the first be repeated:
- words with a file: the file is uploaded before anything is sent; should Zalo take the words and then not the file, the
  message has failed for good with a code of its own, and a person decides;
- words that ask for her number: Zalo's form after them is an offer, only made where it costs nothing, and may fail unseen.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import structlog

from bot import rules
from bot.channels.contract import Attachment, FileKind, Outgoing, Receipt, Retry, SendError, TemplateCall
from bot.channels.passage import AnswerLate, PassageError
from bot.channels.zalo_oa import articles, outgoing, receipts
from bot.channels.zalo_oa import refusal_table as table
from bot.channels.zalo_oa.alarms import Alarms
from bot.channels.zalo_oa.articles import Target
from bot.channels.zalo_oa.client import OAClient
from bot.channels.zalo_oa.errors import Refused, ZaloOAError
from bot.channels.zalo_oa.history import Search
from bot.channels.zalo_oa.outgoing import Address, Body, Style
from bot.channels.zalo_oa.refusals import Called, Judge, error_of, meaning_of
from bot.channels.zalo_oa.templates import Templates
from bot.channels.zalo_oa.uploads import Uploaded, Uploads
from bot.channels.zalo_oa.wording import Wording
from bot.clock import Clock
from bot.rules import Way
from bot.text import utf16_length

log = structlog.get_logger()

_T = TypeVar("_T")

_QUOTA: Final = "/v3.0/oa/quota/message"

# Refused before anything was delivered, for what a plainer message does without.
_TRY_PLAINER: Final = frozenset({-201, -210, -233})


@dataclass(frozen=True, slots=True)
class Sending:
    """Of one account. `timeout` is for all of a send, a question afterwards included."""

    client: OAClient
    channel: str
    account_id: int
    uploads: Uploads
    templates: Templates
    wording: Wording
    search: Search
    judge: Judge
    clock: Clock
    style: Style
    timeout: timedelta
    patience: timedelta  # For a question afterwards: what was said, where her window stands.
    alarms: Alarms

    async def send(self, address: str, message: Outgoing, *, key: str) -> Receipt:
        """Raises SendError only, TimeoutError never."""
        loop = asyncio.get_running_loop()
        send = _Send(self, outgoing.address_of(address), address, message, key, self.clock(), loop.time())
        return await send.run()


@dataclass(slots=True)
class _Send:
    """One message under way."""

    of: Sending
    to: Address
    address: str
    message: Outgoing
    key: str
    began: datetime
    began_s: float

    async def run(self) -> Receipt:
        if self.message.article:
            return await self._article(self.message.article)
        if self.message.template is not None:
            return await self._template(self.message.template)
        attachment = self.message.attachment
        if attachment is None:
            return await self._words()
        if attachment.kind in {FileKind.VOICE, FileKind.VIDEO}:
            return await self._without_recording(attachment.kind)
        file = await self._upload(attachment)
        if file.kind is FileKind.FILE:
            return await self._words_and_file(attachment, file)
        return await self._attached(attachment, file)

    async def _words(self) -> Receipt:
        receipt = await self._talk(outgoing.texts(self.message, self.of.style))
        # Past the free hours Zalo would take money for the form, too.
        if self.message.asks_phone and receipt.charge == receipts.FREE:
            await self._offer_form()
        return receipt

    async def _without_recording(self, kind: FileKind) -> Receipt:
        note = await self.of.wording.left_out(self.address, kind)
        text = f"{self.message.text.strip()}\n\n{note}".strip()
        if utf16_length(text) <= outgoing.TEXT_UNITS:
            self.message = Outgoing(text, self.message.choices, quotes=self.message.quotes)
        return await self._talk(outgoing.texts(self.message, self.of.style))

    async def _words_and_file(self, attachment: Attachment, file: Uploaded) -> Receipt:
        if not self.message.text.strip():
            return await self._attached(attachment, file)
        receipt = await self._words()
        try:
            await self._file_after_words(attachment, file)
        except SendError as error:
            in_doubt = error.retry is Retry.UNKNOWN
            raise error_of(table.FILE_IN_DOUBT if in_doubt else table.FILE_NOT_SENT) from error
        return receipt

    async def _file_after_words(self, attachment: Attachment, file: Uploaded) -> None:
        try:
            await self._attached(attachment, file)
        except SendError as error:
            if error.retry is not Retry.LATER:
                raise
        else:
            return
        # It certainly was not sent, and nobody will try again: once more at once.
        await self._attached(attachment, file)

    async def _attached(self, attachment: Attachment, file: Uploaded) -> Receipt:
        try:
            return await self._talk(self._with(file))
        except SendError as error:
            if error.code != table.ATTACHMENT_GONE.code:
                raise
        # Zalo has it no more, and so sent nothing.
        await self.of.uploads.forget(attachment, file)
        return await self._talk(self._with(await self._upload(attachment)))

    def _with(self, file: Uploaded) -> Sequence[Body]:
        if file.kind is FileKind.FILE:
            return outgoing.file(file.remote_id)
        return outgoing.picture(file.kind, file.remote_id, file.size, self.message.text, self.message.quotes)

    async def _talk(self, ways: Sequence[Body]) -> Receipt:
        """Send the message in the first of these ways that Zalo takes."""
        failure: ZaloOAError | PassageError
        try:
            async with self._in_time():
                data = await self._plainer_and_plainer(ways)
        except TimeoutError:
            failure = AnswerLate("no answer in time")
        except (ZaloOAError, PassageError) as raised:
            failure = raised
        else:
            if self.to.is_group:
                return receipts.of_group(data)
            receipt = receipts.of_talk(data)
            self.of.search.answered(receipt.platform_id)
            return receipt
        error = await self._judged(failure, Called.GROUP if self.to.is_group else Called.TALK)
        if error.retry is Retry.UNKNOWN and (found := await self._look_up(ways[-1])) is not None:
            return Receipt(found)
        raise error from failure

    async def _plainer_and_plainer(self, ways: Sequence[Body]) -> Any:
        for way in ways[:-1]:
            try:
                return await self.of.client.post(self.to.path, self.to.body(way))
            except Refused as refused:
                if refused.code not in _TRY_PLAINER:
                    raise
        return await self.of.client.post(self.to.path, self.to.body(ways[-1]))

    async def _upload(self, attachment: Attachment) -> Uploaded:
        return await self._before(Called.UPLOAD, self.of.uploads.uploaded(attachment))

    async def _before(self, called: Called, work: Awaitable[_T]) -> _T:
        """Something that delivers nothing, so whatever goes wrong with it can be repeated."""
        failure: ZaloOAError | PassageError
        try:
            async with self._in_time():
                return await work
        except TimeoutError:
            failure = AnswerLate("no answer in time")
        except (ZaloOAError, PassageError) as raised:
            failure = raised
        raise await self._judged(failure, called) from failure

    async def _template(self, call: TemplateCall) -> Receipt:
        await self._before(Called.QUESTION, self.of.templates.look_at(call))
        failure: ZaloOAError | PassageError
        try:
            async with self._in_time():
                data = await self.of.templates.send(self.address, call, key=self.key)
        except TimeoutError:
            failure = AnswerLate("no answer in time")
        except (ZaloOAError, PassageError) as error:
            failure = error
        else:
            return receipts.of_phone(data) if call.phone else receipts.of_template(data)
        raise await self._judged(failure, Called.TEMPLATE) from failure

    async def _article(self, article_id: str) -> Receipt:
        failure: ZaloOAError | PassageError
        try:
            async with self._in_time():
                return Receipt(await articles.broadcast(self.of.client, [article_id], Target()))
        except TimeoutError:
            failure = AnswerLate("no answer in time")
        except (ZaloOAError, PassageError) as error:
            failure = error
        raise await self._judged(failure, Called.ARTICLE) from failure

    async def _offer_form(self) -> None:
        form = outgoing.form(*await self.of.wording.form(self.address), self.of.style)
        if form is None:
            return
        try:
            async with self._in_time():
                await self.of.client.post(self.to.path, self.to.body(form))
        except (ZaloOAError, PassageError, TimeoutError) as error:
            log.info("zalo_oa_form_not_offered", account=self.of.account_id, why=type(error).__name__)

    async def _look_up(self, plainest: Body) -> str | None:
        """Whether it has arrived after all, where its words can be found."""
        text = plainest.get("text", "")
        if self.to.is_group or not text:
            return None
        return await self.of.search.find(self.address, text, since=self.began)

    async def _judged(self, failure: ZaloOAError | PassageError, called: Called) -> SendError:
        meaning = meaning_of(failure, called)
        is_unknown = meaning is table.UNKNOWN
        error = self.of.judge.send_error(
            failure,
            called,
            now=self.of.clock(),
            is_free=meaning.depends_on_window and called is Called.TALK and await self._is_free(),
            is_repeated=is_unknown and self.of.alarms.has_met(self.key),
        )
        if isinstance(failure, Refused) and meaning.is_alarm:
            self.of.alarms.sound(failure, meaning.code, self.of.clock())
        return error

    async def _is_free(self) -> bool:
        """Whether Zalo itself says that she is within the hours in which no message costs anything."""
        try:
            async with asyncio.timeout(self.of.patience.total_seconds()):
                data = await self.of.client.post(_QUOTA, self.to.recipient)
        except (ZaloOAError, PassageError, TimeoutError):
            return False
        last = data.get("last_interaction") if isinstance(data, Mapping) else None
        try:
            at = datetime.fromtimestamp(int(last or 0) / 1000, UTC)
        except (TypeError, ValueError, OverflowError, OSError):
            return False
        allowed = rules.allowance(self.of.channel, last_in_at=at, may_cost=False, now=self.of.clock())
        return allowed.way is Way.FREE

    def _in_time(self) -> asyncio.Timeout:
        """The deadline is the send's, whatever part of it is under way."""
        return asyncio.timeout_at(self.began_s + (self.of.timeout - self.of.patience).total_seconds())
