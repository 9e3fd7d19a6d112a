"""The fake Zalo OA platform as a server: three hosts under three prefixes, faults and limits, the phone page.

Runs in the test's own loop; `tests.emulators` runs it as a process of its own. What a call does stands in
`endpoints`, what people do in `people`.
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
from tests.emulators.parameters import JSON, UnreadableError, read_body
from tests.emulators.server import EmulatorServer, close
from tests.emulators.zalo_oa import oauth, requests
from tests.emulators.zalo_oa.accounts import OA, App
from tests.emulators.zalo_oa.control import Control
from tests.emulators.zalo_oa.endpoints import ENDPOINTS, Endpoint
from tests.emulators.zalo_oa.grants import Pair
from tests.emulators.zalo_oa.limits import Limits
from tests.emulators.zalo_oa.making import Making
from tests.emulators.zalo_oa.people import User
from tests.emulators.zalo_oa.phones import Phones
from tests.emulators.zalo_oa.refusals import Host, Refused, error_body
from tests.emulators.zalo_oa.requests import Request
from tests.emulators.zalo_oa.signing import appsecret_proof
from tests.emulators.zalo_oa.world import World

# What stands in the answer instead of `data`, or beside it, though the call succeeded.
NO_DATA = Fault(accepts=True, body=b'{"error":0,"message":"Success"}')


class ZaloOAEmulator(Making):
    """Zalo for any number of OAs and apps. `async with ZaloOAEmulator() as zalo:`, then `zalo.base_url` and so on.

    It begins with one app (`zalo.app`) and one OA (`zalo.oa`), not connected. `delay_s`: how long every answer
    takes; the call is carried out on arrival. `seed`: of faults with a probability.
    """

    def __init__(
        self, *, port: int = 0, delay_s: float = 0.0, clock: EmulatorClock | None = None, seed: int = 1
    ) -> None:
        self.server = EmulatorServer(self._serve, port=port, delay_s=delay_s)
        self.clock = clock or EmulatorClock()
        self.news = News()
        world = World(self.clock, lambda: self.server.address, on_change=self.news.tell)
        super().__init__(world)
        self.content_type = "application/json"  # of every answer; a proxy may say text/json
        self.calls = Calls()
        self.limits = Limits()
        self.faults = Faults({**ENDINGS, "no_data": NO_DATA}, random.Random(seed))
        self._control = Control(self)
        self._phones = Phones(self)

    @property
    def base_url(self) -> str:
        return f"{self.server.address}/{Host.OPENAPI.value}"

    @property
    def oauth_base_url(self) -> str:
        return f"{self.server.address}/{Host.OAUTH.value}"

    @property
    def business_base_url(self) -> str:
        return f"{self.server.address}/{Host.BUSINESS.value}"

    @property
    def port(self) -> int:
        return self.server.port

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        for app in self.world.apps.values():
            await app.webhook.close()
        await self.server.stop()

    # What a test orders and looks at

    def order_fault(
        self,
        fault: str | int | Fault,
        *,
        times: int | None = 1,
        user: User | str | None = None,
        method: str | None = None,
        probability: float = 1.0,
        accepts: bool | None = None,
    ) -> None:
        """Lets the next `times` calls (None: all) fail: those for this user, at this address, with this probability.

        `fault` is a name of `faults.ENDINGS`, "no_data", a code (-230) or a Fault; `method` the path after the
        host, as in `v3.0/oa/message/cs` or `v4/oa/access_token`.
        """
        user_id = user.user_id if isinstance(user, User) else user
        self.faults.order(
            fault, times=times, user_id=user_id, method=method, probability=probability, accepts=accepts
        )

    async def is_called(self, times: int = 1, method: str | None = None, timeout: float = 20.0) -> list[Call]:
        """Waits until so many calls (of this method) have come in, answered or not; gives them all."""
        return await self.calls.wait_for(times, method, timeout)

    async def events_taken(self, timeout: float = 20.0) -> None:
        """Waits until every event was sent once; those that wait for a retry do not count."""
        for app in self.world.apps.values():
            if not await app.webhook.all_taken(timeout):
                raise TimeoutError("events are still on their way")

    def approves(self, authorize_url: str, oa: OA | None = None) -> str:
        """The OA's admin opens the app's authorize address and allows it: where her browser is sent."""
        return oauth.approved_address(self.world, oauth.read_address(authorize_url), oa or self.oa)

    def connect(self, app: App | None = None, oa: OA | None = None) -> Pair:
        """A first pair as the vendor's API Explorer mints it."""
        return self.world.grants.issue(app or self.app, oa or self.oa)

    def disconnect(self, app: App | None = None, oa: OA | None = None) -> None:
        self.world.grants.withdraw(app or self.app, oa or self.oa)

    def phone_of(self, user_id: str) -> User:
        """The user of an id, at any OA. Raises LookupError."""
        for oa in self.world.oas.values():
            if user_id in oa.users:
                return oa.users[user_id]
        raise LookupError(f"no user {user_id}")

    def setting_lines(self) -> list[str]:
        """Lines for the service's settings that let it run against this emulator."""
        return [
            f"CHIHOI_ZALO_OA_BASE_URL={self.base_url}",
            f"CHIHOI_ZALO_OAUTH_BASE_URL={self.oauth_base_url}",
            f"CHIHOI_ZALO_BUSINESS_BASE_URL={self.business_base_url}",
            "CHIHOI_ALLOW_PRIVATE_MEDIA=1",
            f"CHIHOI_ZALO_APP_ID={self.app.app_id}",
            f"CHIHOI_ZALO_APP_SECRET={self.app.secret}",
            f"CHIHOI_ZALO_OA_SECRET_KEY={self.app.oa_secret_key}",
            *self._pair_lines(),
        ]

    def _pair_lines(self) -> list[str]:
        pair = self.world.grants.current(self.app, self.oa)
        if pair is None:
            return []
        return [f"# access token: {pair.access_token}", f"# refresh token: {pair.refresh_token}"]

    # How a call is served

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        head, _, rest = request.path.lstrip("/").partition("/")
        if head in {"openapi", "oauth", "business"}:
            return await self._answer_call(request, Host(head), rest)
        if head == "control":
            return await self._control.serve(request, rest)
        if head == "media":
            found = self.world.media.get(f"media/{rest}")
            if found is not None:
                return web.Response(body=found.content, content_type=found.content_type)
        if head in {"", "phones"}:
            return await self._phones.serve(request, rest)
        return web.Response(status=404, text="<html><h1>404 Not Found</h1></html>", content_type="text/html")

    async def _answer_call(self, request: web.BaseRequest, host: Host, path: str) -> web.StreamResponse:
        if host is Host.OAUTH and path == "v4/oa/permission":
            return await self._authorize(request)
        call = Call(path, {}, time.monotonic())
        self.calls.add(call)
        if struck := self.faults.pick(path, None, unread=True):
            call.outcome = struck[0]
            return close(request)
        endpoint = ENDPOINTS.get((host, path))
        is_token = host is Host.OAUTH and path == "v4/oa/access_token"
        verb = "POST" if is_token else endpoint.verb if endpoint else ""
        if request.method != verb:
            call.outcome = "404"
            return web.Response(status=404, text="<html><h1>404</h1></html>", content_type="text/html")
        app: App | None = None
        fault: Fault | None = None
        try:
            takes_plain = endpoint is not None and endpoint.takes_plain_query
            params = await (
                _read_form(request)
                if is_token
                else requests.read(request, host, takes_plain_query=takes_plain)
            )
            call.params, call.user_id = shortened(params), _for_whom(params)
            if struck := self.faults.pick(path, call.user_id):
                call.outcome, fault = struck
            if fault is not None and not fault.accepts:
                return await self._fail(request, call, host, fault, web.Response())
            if endpoint is None:
                answer = oauth.token(self.world, dict(request.headers), params)
            else:
                pair = self._authorized(request, host, params)
                app = pair.app
                answer = await self._carry_out(host, endpoint, pair, params)
        except Refused as refused:
            # A refusal, too, can get lost on its way; but it never becomes a success.
            fault = fault if fault is not None and fault.loses_answer else None
            call.outcome = call.outcome if fault else str(refused.code)
            answer = error_body(host, refused.code, refused.message)
        headers = self.limits.headers(app) if host is Host.OPENAPI else {}
        response = web.json_response(answer, headers=headers, content_type=self.content_type)
        if fault is not None:
            return await self._fail(request, call, host, fault, response)
        await self.server.wait()
        call.answered_at = time.monotonic()
        call.outcome = call.outcome or "ok"
        return response

    async def _carry_out(self, host: Host, endpoint: Endpoint, pair: Pair, params: JSON) -> JSON:
        request = Request(pair.app, pair.oa, params)
        if host is Host.OPENAPI:
            self.limits.take(self.world, pair.app, pair.oa)
        data = endpoint.answer(self.world, request)
        if inspect.isawaitable(data):
            data = await data
        answer: JSON = {"data": data, "error": 0, "message": "Success"}
        if isinstance(data, list) and host is Host.BUSINESS:
            answer["metadata"] = {"total": len(pair.oa.templates)}
        return answer

    def _authorized(self, request: web.BaseRequest, host: Host, params: JSON) -> Pair:
        token = request.headers.get("access_token")
        try:
            pair = self.world.grants.check(token)
        except Refused:
            if host is Host.BUSINESS:
                raise Refused(-124) from None
            raise
        if not pair.app.is_active:
            raise Refused(-219 if host is Host.OPENAPI else -101)
        if pair.oa.is_disabled:
            raise Refused(-204 if host is Host.OPENAPI else -120)
        proof = request.headers.get("appsecret_proof") or params.pop("appsecret_proof", None)
        if proof is None and not pair.app.requires_proof:
            return pair
        if proof != appsecret_proof(pair.app.secret, pair.access_token):
            raise Refused(-242)
        return pair

    async def _authorize(self, request: web.BaseRequest) -> web.Response:
        if request.method == "POST":
            return oauth.approve(self.world, await _read_form(request))
        return oauth.authorize_page(self.world, dict(request.query))

    async def _fail(
        self, request: web.BaseRequest, call: Call, host: Host, fault: Fault, answer: web.Response
    ) -> web.StreamResponse:
        if fault.code is not None:
            body = json.dumps(error_body(host, fault.code)).encode()
            fault = Fault(fault.ending, accepts=fault.accepts, body=body)
        ended, call.answered_at = await self.server.end(request, fault, answer)
        return ended


async def _read_form(request: web.BaseRequest) -> JSON:
    if request.content_type != "application/x-www-form-urlencoded":
        raise Refused(-14002, "Content-Type is invalid")
    try:
        return await read_body(request)
    except UnreadableError as exc:
        raise Refused(-14002, "Body is invalid") from exc


def _for_whom(params: JSON) -> str | None:
    """The user or phone number a call is for."""
    recipient: Any = params.get("recipient")
    named = (
        recipient.get("user_id")
        if isinstance(recipient, dict)
        else params.get("user_id", params.get("phone"))
    )
    return named if isinstance(named, str) else None
