"""What machines ask the service: does it live, is it ready, what are its figures."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

log = structlog.get_logger()

Ready = Callable[[], Awaitable[list[str]]]
"""Names what is not ready, each by a constant word; empty when all is."""

_READY_S = 3.0  # Whoever asks gives up soon after.


def probes(ready: Ready) -> Sequence[web.RouteDef]:
    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_request: web.Request) -> web.Response:
        faults = await _faults(ready)
        return web.json_response({"faults": faults}, status=503 if faults else 200)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]


async def _faults(ready: Ready) -> list[str]:
    try:
        async with asyncio.timeout(_READY_S):
            return await ready()
    except TimeoutError:
        return ["no_answer_in_time"]
    except Exception:
        log.exception("readiness_unknown")
        return ["internal"]
