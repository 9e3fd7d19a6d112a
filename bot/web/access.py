"""One log line and one measurement for each request: which route, what status, how long. Never who, nor what was asked."""

import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import Histogram

log = structlog.get_logger()

REQUESTS = Histogram("chihoi_http_seconds", "Answering a web request", ["route", "method", "status"])
# Asked all the time; their lines would bury the others.
_QUIET = ("/healthz", "/readyz", "/metrics", "/static")


@web.middleware
async def note_access(request: web.Request, handler: Handler) -> web.StreamResponse:
    begun = time.perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
    except web.HTTPException as exc:
        status = exc.status
        raise
    finally:
        seconds = time.perf_counter() - begun
        route = route_of(request)
        method = request.method if request.method in {"GET", "HEAD", "POST"} else "other"
        REQUESTS.labels(route, method, str(status)).observe(seconds)
        note = log.debug if route.startswith(_QUIET) else log.info
        note("http_request", method=method, route=route, status=status, ms=round(seconds * 1000))
    return response


def route_of(request: web.Request) -> str:
    """The route's pattern, not the path: paths can carry secrets and people's numbers."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "-"
