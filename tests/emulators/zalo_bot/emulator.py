"""The fake Zalo Bot platform as a server: `/bot<token>/<method>`, faults, the phone page.

Runs in the test's own loop; `tests.emulators` runs it as a process of its own. What a method does stands in
`methods`, what people do in `people`.
"""

from __future__ import annotations

import inspect
import json
import random
import time
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.emulators.calls import Call, Calls, shortened
from tests.emulators.clock import EmulatorClock
from tests.emulators.faults import ENDINGS, Fault, Faults
from tests.emulators.news import News
from tests.emulators.parameters import JSON, UnreadableError, read_parameters
from tests.emulators.server import EmulatorServer, close
from tests.emulators.zalo_bot.accounts import Bot
from tests.emulators.zalo_bot.control import Control
from tests.emulators.zalo_bot.methods import METHODS, NO_RESULT
from tests.emulators.zalo_bot.people import Group, User
from tests.emulators.zalo_bot.phones import Phones
from tests.emulators.zalo_bot.refusals import Refused, bad_request, error_body
from tests.emulators.zalo_bot.world import World

NO_RESULT_FAULT = Fault(accepts=True, body=b'{"ok":true}')


class ZaloBotEmulator:
    """Zalo for any number of bots. `async with ZaloBotEmulator() as zalo:` then `zalo.base_url`, `zalo.bot.token`.

    `delay_s`: how long every answer takes; the call is carried out on arrival. `uses_http_status`: errors come with
    a matching HTTP status; the real service answers 200. `seed`: of faults with a probability.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        delay_s: float = 0.0,
        clock: EmulatorClock | None = None,
        uses_http_status: bool = False,
        seed: int = 1,
    ) -> None:
        self.server = EmulatorServer(self._serve, port=port, delay_s=delay_s)
        self.clock = clock or EmulatorClock()
        self.news = News()
        self.uses_http_status = uses_http_status
        self.world = World(self.clock, lambda: self.server.address, on_change=self.news.tell)
        self.calls = Calls()
        self.faults = Faults({**ENDINGS, "no_result": NO_RESULT_FAULT}, random.Random(seed))
        self.bot = self.new_bot()
        self._control = Control(self)
        self._phones = Phones(self)

    @property
    def base_url(self) -> str:
        """What stands before the token: `<base_url><token>/<method>`."""
        return f"{self.server.address}/bot"

    @property
    def port(self) -> int:
        return self.server.port

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        for bot in self.world.bots.values():
            await bot.webhook.close()
        await self.server.stop()

    # What a test sets up, orders and looks at

    def new_bot(self, *, name: str = "Bot Chị Hội", **fields: Any) -> Bot:
        """Fields as in `Bot`."""
        return self.world.add_bot(name=name, **fields)

    def user(
        self,
        *,
        name: str = "Lan",
        bot: Bot | None = None,
        chat_id: str | None = None,
        has_written: bool = False,
    ) -> User:
        """Somebody with Zalo; the bot may write to her only once she `has_written`."""
        where = bot or self.bot
        user = User(self.world, where, chat_id or self.world.hex(), name)
        where.users[user.chat_id] = user
        if has_written:
            user.counts_as_user()
        self.world.changed()
        return user

    def group(self, *, name: str = "Cán bộ Hội", bot: Bot | None = None) -> Group:
        where = bot or self.bot
        group = Group(self.world, where, self.world.hex(), name)
        where.groups[group.chat_id] = group
        self.world.changed()
        return group

    def order_fault(
        self,
        fault: str | int | Fault,
        *,
        times: int | None = 1,
        user: User | Group | str | None = None,
        method: str | None = None,
        probability: float = 1.0,
        accepts: bool | None = None,
    ) -> None:
        """Lets the next `times` calls (None: all) fail: those for this chat, of this method, with this probability.

        `fault` is a name of `faults.ENDINGS`, "no_result", an error_code (403) or a Fault.
        """
        user_id = user.chat_id if isinstance(user, User | Group) else user
        self.faults.order(
            fault, times=times, user_id=user_id, method=method, probability=probability, accepts=accepts
        )

    async def is_called(self, times: int = 1, method: str | None = None, timeout: float = 20.0) -> list[Call]:
        """Waits until so many calls (of this method) have come in, answered or not; gives them all."""
        return await self.calls.wait_for(times, method, timeout)

    async def events_taken(self, timeout: float = 20.0) -> None:
        """Waits until every update was sent to the webhook once, or fetched by a poll."""
        for bot in self.world.bots.values():
            taken = await bot.webhook.all_taken(timeout) and await bot.all_fetched(timeout)
            if not taken:
                raise TimeoutError("updates were not taken")

    def phone_of(self, user_id: str) -> User | Group:
        """The user or group of an id, at any bot. Raises LookupError."""
        for bot in self.world.bots.values():
            found = bot.users.get(user_id) or bot.groups.get(user_id)
            if found is not None:
                return found
        raise LookupError(f"no user {user_id}")

    def setting_lines(self) -> list[str]:
        """Lines for the service's settings that let it run against this emulator."""
        return [
            f"CHIHOI_ZALO_BOT_BASE_URL={self.base_url}",
            "CHIHOI_ALLOW_PRIVATE_MEDIA=1",
            f"CHIHOI_ZALO_BOT_TOKEN={self.bot.token}",
        ]

    # How a call is served

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        head, _, rest = request.path.lstrip("/").partition("/")
        if head.startswith("bot") and len(head) > len("bot"):
            return await self._answer_call(request, head.removeprefix("bot"), rest)
        if head == "control":
            return await self._control.serve(request, rest)
        if head == "media":
            found = self.world.media.get(f"media/{rest}")
            if found is not None:
                return web.Response(body=found.content, content_type=found.content_type)
        if head in {"", "phones"}:
            return await self._phones.serve(request, rest)
        return self._refusal(Refused(404))

    async def _answer_call(self, request: web.BaseRequest, token: str, method: str) -> web.StreamResponse:
        call = Call(method, {}, time.monotonic())
        self.calls.add(call)
        if struck := self.faults.pick(method, None, unread=True):
            call.outcome = struck[0]
            return close(request)
        fault: Fault | None = None
        try:
            params = await self._params(request, method)
            call.params, call.user_id = shortened(params), _for_whom(params)
            if struck := self.faults.pick(method, call.user_id):
                call.outcome, fault = struck
            if fault is not None and not fault.accepts:
                return await self._fail(request, call, fault, web.Response())
            response = web.json_response(await self._carry_out(token, method, params))
        except Refused as refused:
            # A refusal, too, can get lost on its way; but it never becomes a success.
            fault = fault if fault is not None and fault.loses_answer else None
            call.outcome = call.outcome if fault else str(refused.code)
            response = self._refusal(refused)
        if fault is not None:
            return await self._fail(request, call, fault, response)
        await self.server.wait()
        call.answered_at = time.monotonic()
        call.outcome = call.outcome or "ok"
        return response

    async def _params(self, request: web.BaseRequest, method: str) -> JSON:
        if request.method not in {"GET", "POST"}:
            raise Refused(404)
        is_json = request.content_type == "application/json"
        if method == "getUpdates" and request.can_read_body and not is_json:
            raise bad_request("Content-Type must be application/json")
        try:
            return await read_parameters(request)
        except UnreadableError as exc:
            raise bad_request(str(exc)) from exc

    async def _carry_out(self, token: str, method: str, params: JSON) -> JSON:
        bot = self.world.bots.get(token)
        if bot is None:
            raise Refused(401)
        if method not in METHODS:
            raise Refused(404)
        result = METHODS[method](self.world, bot, params)
        if inspect.isawaitable(result):
            result = await result
        return {"ok": True} if result is NO_RESULT else {"ok": True, "result": result}

    async def _fail(
        self, request: web.BaseRequest, call: Call, fault: Fault, answer: web.Response
    ) -> web.StreamResponse:
        if fault.code is not None:
            body = json.dumps(error_body(fault.code)).encode()
            status = fault.code if self.uses_http_status else 200
            fault = Fault(fault.ending, accepts=fault.accepts, body=body, status=status)
        ended, call.answered_at = await self.server.end(request, fault, answer)
        return ended

    def _refusal(self, refused: Refused) -> web.Response:
        status = refused.code if self.uses_http_status else 200
        return web.json_response(error_body(refused.code, refused.description), status=status)


def _for_whom(params: JSON) -> str | None:
    chat_id = params.get("chat_id")
    return chat_id if isinstance(chat_id, str) else None
