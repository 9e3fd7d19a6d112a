"""How the emulator takes a request in and lets an answer out, or none."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from tests.emulators.telegram.parameters import JSON
from tests.emulators.telegram.refusals import Refused

MAX_BODY_BYTES = 64 * 1024 * 1024


def large_request(
    message: Any, payload: Any, protocol: Any, writer: Any, task: asyncio.Task[None]
) -> web.BaseRequest:
    return web.BaseRequest(
        message, payload, protocol, writer, task, asyncio.get_running_loop(), client_max_size=MAX_BODY_BYTES
    )


def chat_id_of(params: JSON) -> int | None:
    try:
        return int(params["chat_id"])
    except (KeyError, TypeError, ValueError):
        return None


def close(request: web.BaseRequest, response: web.StreamResponse | None = None) -> web.StreamResponse:
    """Ends the connection; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.close() if response is not None else request.transport.abort()
    return response if response is not None else web.Response()


def refuse(refused: Refused) -> web.Response:
    envelope: JSON = {"ok": False, "error_code": refused.status, "description": refused.description}
    if refused.parameters:
        envelope["parameters"] = refused.parameters
    return web.json_response(envelope, status=refused.status)
