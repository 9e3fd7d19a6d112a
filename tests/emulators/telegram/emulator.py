"""The fake Bot API as a server: takes calls, lets faults and limits strike, answers in Telegram's envelope.

Runs in the test's own loop; `tests.emulators` runs it as a process of its own. What a method does stands in
`methods`, what people do in `people`.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import random
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.emulators.faults import Ending, Fault
from tests.emulators.news import News
from tests.emulators.telegram import answers
from tests.emulators.telegram.calls import Call, shortened
from tests.emulators.telegram.chats import Chat
from tests.emulators.telegram.control import Control
from tests.emulators.telegram.faults import Faults
from tests.emulators.telegram.limits import FloodLimits
from tests.emulators.telegram.methods import LIMITED, METHODS
from tests.emulators.telegram.parameters import JSON, read_parameters
from tests.emulators.telegram.people import Group, User
from tests.emulators.telegram.refusals import Refused, too_many_requests
from tests.emulators.telegram.webhook import Patience
from tests.emulators.telegram.world import StoredFile, World

_NOT_FOUND = Refused(404, "Not Found")


class TelegramEmulator:
    """One bot's Telegram. `async with TelegramEmulator() as bot_api:` then `bot_api.base_url` and `file_base_url`.

    `delay_s`: how long every answer takes; the call is carried out on arrival. `limits`: flood limits, off at
    first. `patience`: how the webhook is repeated. `seed`: of faults with a probability.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        delay_s: float = 0.0,
        limits: FloodLimits | None = None,
        patience: Patience | None = None,
        any_chat: bool = False,
        username: str = "chihoi_bot",
        seed: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.port = port
        self.delay_s = delay_s
        self.limits = limits or FloodLimits()
        self.calls: list[Call] = []
        self.faults = Faults(random.Random(seed))
        self.world = World(username=username, any_chat=any_chat, clock=clock, carry_out=self._carry_out)
        if patience is not None:
            self.world.patience = patience
        self._clock = clock
        self._called = News()
        self._control = Control(self)
        self._closing = asyncio.Event()
        self._runner: web.ServerRunner | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def file_base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/file/bot"

    @property
    def control_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/control"

    async def __aenter__(self) -> Self:
        server = web.Server(
            self._serve, request_factory=answers.large_request, access_log=None, handler_cancellation=True
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        await self.world.updates.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # What a test sets up and looks at

    def user(
        self,
        *,
        name: str = "Hoa",
        id: int | None = None,  # noqa: A002  (the Bot API's word)
        language_code: str = "vi",
        username: str | None = None,
        phone: str = "84912000111",
        started: bool = True,
    ) -> User:
        """Somebody the bot knows; `started` False: she never pressed Start, so the bot may not write first."""
        user_id = id or self.world.next_number("user", first=1_000_000_001)
        account: JSON = {"id": user_id, "is_bot": False, "first_name": name, "language_code": language_code}
        if username:
            account["username"] = username
        user = User(self.world, account, phone_number=phone)
        if not started:
            user.refusal = Refused(403, "Forbidden: bot can't initiate conversation with a user")
        self.world.chats[user_id] = user
        return user

    def group(
        self,
        *,
        title: str = "Cán bộ Hội",
        id: int | None = None,  # noqa: A002  (the Bot API's word)
        is_forum: bool = False,
        is_supergroup: bool = True,
    ) -> Group:
        group_id = id or -(1_001_000_000_000 + self.world.next_number("group"))
        description: JSON = {
            "id": group_id,
            "type": "supergroup" if is_supergroup else "group",
            "title": title,
        }
        if is_forum:
            description["is_forum"] = True
        group = Group(self.world, description, is_forum=is_forum)
        self.world.chats[group_id] = group
        return group

    def order_fault(
        self,
        fault: str | Fault,
        *,
        times: int | None = 1,
        chat: Chat | int | None = None,
        method: str | None = None,
        probability: float = 1.0,
        accepts: bool | None = None,
    ) -> None:
        """Lets the next `times` calls (None: all) fail: those for this chat, of this method, with this probability.

        `fault` is a name of `faults.FAULTS` or a Fault; `accepts` True: the call is carried out all the same.
        """
        chat_id = chat.chat_id if isinstance(chat, Chat) else chat
        self.faults.order(
            fault, times=times, chat_id=chat_id, method=method, probability=probability, accepts=accepts
        )

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method.lower() == method.lower()]

    async def is_called(self, times: int = 1, method: str | None = None, timeout: float = 20.0) -> list[Call]:
        """Waits until so many calls (of this method) have come in, answered or not; gives them all."""

        def found() -> list[Call]:
            return self.calls if method is None else self.calls_of(method)

        if not await self._called.until(lambda: len(found()) >= times, timeout):
            raise TimeoutError(f"{len(found())} of {times} calls came in")
        return found()

    def deliver_again(self, update_id: int) -> None:
        """The bot gets an update it already had (see `User.last_update_id`)."""
        self.world.updates.deliver_again(update_id)

    async def updates_taken(self, timeout: float = 20.0) -> None:
        """Waits until the bot has taken every update: confirmed by an offset, or answered with 2xx."""
        if not await self.world.updates.all_taken(timeout):
            raise TimeoutError(f"{self.world.updates.pending_count} updates were not taken")

    # How a call is served

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        _, head, rest = path.split("/", 2) if path.count("/") > 1 else ("", "", "")
        if head.startswith("bot") and len(head) > 3:
            return await self._answer_call(request, rest)
        if head == "file":
            return self._download(rest)
        if head == "control":
            return await self._control.serve(request, rest)
        return answers.refuse(_NOT_FOUND)

    async def _answer_call(self, request: web.BaseRequest, name: str) -> web.StreamResponse:
        call = Call(name, {}, self._clock())
        self.calls.append(call)
        self._called.tell()
        method = name.lower()
        if self.faults.waits_for(unread=True) and (struck := self.faults.pick(method, None, unread=True)):
            call.outcome = struck[0]
            return answers.close(request)
        try:
            params = await read_parameters(request)
        except Refused as refused:
            return await self._finish(call, refused)
        call.params = shortened(params)
        call.chat_id = answers.chat_id_of(params)
        fault = None
        if self.faults.waits_for(unread=False) and (struck := self.faults.pick(method, call.chat_id)):
            call.outcome, fault = struck
        if fault is not None and not fault.accepts:
            return await self._fail(request, call, fault, b"")
        try:
            result = self._carry(method, params, call.chat_id)
            if inspect.isawaitable(result):
                result = await result
        except Refused as refused:
            return await self._finish(call, refused)
        body = json.dumps({"ok": True, "result": result}).encode()
        if fault is not None:
            return await self._fail(request, call, fault, body)
        return await self._finish(call, body)

    def _carry(self, method: str, params: JSON, chat_id: int | None) -> Any:
        carry_out = METHODS.get(method)
        if carry_out is None:
            raise _NOT_FOUND
        if chat_id is not None and self.limits.are_on and method in LIMITED:
            retry_after_s = self.limits.take(chat_id, self._clock)
            if retry_after_s is not None:
                raise too_many_requests(retry_after_s)
        return carry_out(self.world, params)

    async def _carry_out(self, call: JSON) -> None:
        """A call that stood in a webhook's answer: nobody hears how it ends."""
        params = {name: value for name, value in call.items() if name != "method"}
        logged = Call(str(call["method"]), params, self._clock(), answers.chat_id_of(params))
        self.calls.append(logged)
        try:
            result = self._carry(logged.method.lower(), params, logged.chat_id)
            if inspect.isawaitable(result):
                await result
            logged.outcome = "ok"
        except Refused as refused:
            logged.outcome = str(refused.status)

    async def _finish(self, call: Call, answer: bytes | Refused) -> web.Response:
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        call.answered_at = self._clock()
        if isinstance(answer, Refused):
            call.outcome = str(answer.status)
            return answers.refuse(answer)
        call.outcome = "ok"
        return web.Response(body=answer, content_type="application/json")

    async def _fail(
        self, request: web.BaseRequest, call: Call, fault: Fault, body: bytes
    ) -> web.StreamResponse:
        if fault.ending is Ending.HANG:
            await self._closing.wait()
            return answers.close(request)
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if fault.ending is Ending.CLOSE:
            return answers.close(request)
        if fault.ending is Ending.CUT:
            response = web.StreamResponse(headers={"Content-Length": str(len(body) or 100)})
            await response.prepare(request)
            await response.write(body[: len(body) // 2] or b"{")
            return answers.close(request, response)
        call.answered_at = self._clock()
        return web.Response(body=fault.body, status=fault.status, content_type=fault.content_type)

    def _download(self, rest: str) -> web.StreamResponse:
        path = rest.partition("/")[2]
        stored: StoredFile | None = next((f for f in self.world.files.values() if f.path == path), None)
        if stored is None:
            return answers.refuse(_NOT_FOUND)
        return web.Response(body=stored.content, content_type="application/octet-stream")
