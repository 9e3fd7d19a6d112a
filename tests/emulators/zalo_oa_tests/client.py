"""A service as the OA emulator's own tests play it: bare calls with one token."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import aiohttp

from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa import Pair, User, ZaloOAEmulator

MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # nine o'clock in Viet Nam


@dataclass
class OAClient:
    """Calls with one token; `code` of an answer is its `error`."""

    session: aiohttp.ClientSession
    zalo: ZaloOAEmulator
    token: str

    async def post(self, path: str, body: JSON, *, headers: dict[str, str] | None = None) -> JSON:
        return await self.call("POST", f"{self.zalo.base_url}/{path}", json=body, headers=headers or {})

    async def get(self, path: str, **data: Any) -> JSON:
        query = {"data": json.dumps(data)} if data else {}
        return await self.call("GET", f"{self.zalo.base_url}/{path}", params=query)

    async def business(self, path: str, body: JSON | None = None, **query: Any) -> JSON:
        url = f"{self.zalo.business_base_url}/{path}"
        if body is None:
            return await self.call("GET", url, params=query)
        return await self.call("POST", url, json=body)

    async def call(self, verb: str, url: str, *, headers: dict[str, str] | None = None, **more: Any) -> JSON:
        headers = {"access_token": self.token} | (headers or {})
        async with self.session.request(verb, url, headers=headers, **more) as answer:
            assert answer.status == 200, await answer.text()
            found: JSON = await answer.json()
        assert ("data" in found) == (found["error"] == 0)
        return found

    async def upload(self, kind: str, name: str, content: bytes) -> JSON:
        form = aiohttp.FormData()
        form.add_field("file", BytesIO(content), filename=name)
        return await self.call("POST", f"{self.zalo.base_url}/v2.0/oa/upload/{kind}", data=form)

    async def says(self, user: User | str, message: JSON | str) -> JSON:
        """A consultation message."""
        user_id = user if isinstance(user, str) else user.user_id
        body = {"text": message} if isinstance(message, str) else message
        return await self.post("v3.0/oa/message/cs", {"recipient": {"user_id": user_id}, "message": body})

    async def token_call(self, body: JSON, secret: str | None = None) -> JSON:
        headers = {"secret_key": self.zalo.app.secret if secret is None else secret}
        url = f"{self.zalo.oauth_base_url}/v4/oa/access_token"
        async with self.session.post(url, data=body, headers=headers) as answer:
            assert answer.status == 200
            found: JSON = await answer.json()
            return found

    async def refreshes(self, pair: Pair | str) -> JSON:
        refresh_token = pair if isinstance(pair, str) else pair.refresh_token
        return await self.token_call(
            {
                "refresh_token": refresh_token,
                "app_id": self.zalo.app.app_id,
                "grant_type": "refresh_token",
            }
        )


def text_and(**payload: Any) -> JSON:
    """A message with a template attachment."""
    return {"text": "Chị chọn đi ạ", "attachment": {"type": "template", "payload": payload}}


def button(title: str = "Đăng ký", kind: str = "oa.query.show", payload: Any = "dang ky") -> JSON:
    return {"title": title, "type": kind, "payload": payload}


def attached(kind: str, **payload: Any) -> JSON:
    return {"attachment": {"type": kind, "payload": payload}}
