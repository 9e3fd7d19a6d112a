import asyncio
from io import BytesIO

import pytest
from aiohttp import ServerDisconnectedError, web
from structlog.testing import capture_logs

from bot.web.security_headers import allow_framing
from bot.web.streams import STREAMS
from tests.bot.web.conftest import Serve


async def fine(_request: web.Request) -> web.Response:
    return web.Response(text="fine")


async def broken(_request: web.Request) -> web.Response:
    raise RuntimeError("the number of Lan is 0912345678")


async def greedy(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def closed(_request: web.Request) -> web.Response:
    raise web.HTTPForbidden(text="secret detail")


async def framed(request: web.Request) -> web.Response:
    allow_framing(request, ["https://hoi.example.vn"])
    raise RuntimeError


ROUTES = [
    web.get("/fine/{number}", fine),
    web.get("/broken", broken),
    web.get("/closed", closed),
    web.get("/framed", framed),
    web.post("/greedy", greedy),
]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/fine/1", 200),
        ("GET", "/broken", 500),
        ("GET", "/closed", 403),
        ("GET", "/nowhere", 404),
        ("POST", "/fine/1", 405),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/static/error.1234.css", 200),
        ("GET", "/static/gone.css", 404),
        ("GET", "/static/../pyproject.toml", 404),
    ],
)
async def test_every_answer_carries_the_security_headers(
    serve: Serve, method: str, path: str, status: int
) -> None:
    client = await serve(ROUTES, public_url="https://chihoi.example.vn")
    response = await client.request(method, path)
    assert response.status == status
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "aiohttp" not in response.headers["Server"]


async def test_plain_http_promises_no_https(serve: Serve) -> None:
    client = await serve(ROUTES, public_url="http://127.0.0.1:8080")
    assert "Strict-Transport-Security" not in (await client.get("/fine/1")).headers


async def test_a_framed_route_may_be_framed_even_when_it_fails(serve: Serve) -> None:
    response = await (await serve(ROUTES)).get("/framed")
    assert response.status == 500
    assert "frame-ancestors 'self' https://hoi.example.vn" in response.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in response.headers


async def test_hashed_files_are_kept_for_good_and_pages_not_at_all(serve: Serve) -> None:
    client = await serve(ROUTES)
    assert "immutable" in (await client.get("/static/error.1234.css")).headers["Cache-Control"]
    assert (await client.get("/static/gone.css")).headers["Cache-Control"] == "no-store"
    assert (await client.get("/fine/1")).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "Em không tìm thấy trang này"),
        ("/closed", 403, "Chị chưa được mở trang này"),
        ("/broken", 500, "em vừa gặp trục trặc"),
    ],
)
async def test_an_error_is_a_kind_page_without_detail(
    serve: Serve, path: str, status: int, words: str
) -> None:
    client = await serve(ROUTES)
    response = await client.get(path)
    page = await response.text()
    assert response.status == status
    assert response.content_type == "text/html"
    assert words in page
    for detail in ("RuntimeError", "0912345678", "secret detail", "Traceback"):
        assert detail not in page


async def test_a_fault_of_ours_shows_the_reference_that_the_log_has(serve: Serve) -> None:
    client = await serve(ROUTES)
    with capture_logs() as logs:
        page = await (await client.get("/broken?phone=0912345678")).text()
    failure = next(entry for entry in logs if entry["event"] == "request_failed")
    assert failure["reference"] in page
    assert failure["route"] == "/broken"


async def _leaves(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    raise ConnectionResetError


async def _is_reset(request: web.Request) -> web.Response:
    raise ConnectionResetError


async def test_a_browser_that_leaves_is_no_fault_of_ours(serve: Serve) -> None:
    client = await serve([web.get("/left", _leaves), web.get("/reset", _is_reset)])
    with capture_logs() as logs:
        with pytest.raises(ServerDisconnectedError):
            await client.get("/left")
        assert (await client.get("/reset")).status == 500
    assert [entry["route"] for entry in logs if entry["event"] == "request_failed"] == ["/reset"]


async def test_a_script_gets_its_error_as_json(serve: Serve) -> None:
    client = await serve(ROUTES)
    response = await client.get("/broken", headers={"Accept": "application/json"})
    assert response.status == 500
    answer = await response.json()
    assert set(answer) == {"error", "reference"}


async def test_a_body_over_the_limit_is_refused_with_a_sentence(serve: Serve) -> None:
    client = await serve(ROUTES)
    response = await client.post("/greedy", data=BytesIO(b"x" * (2 * 1024**2)))
    assert response.status == 413
    assert "lớn quá" in await response.text()


async def test_the_log_names_the_route_and_never_the_path_or_the_query(serve: Serve) -> None:
    client = await serve(ROUTES)
    with capture_logs() as logs:
        await client.get("/fine/0912345678?name=Lan")
    (line,) = [entry for entry in logs if entry["event"] == "http_request"]
    assert line["route"] == "/fine/{number}"
    assert line["status"] == 200
    assert "0912345678" not in str(logs)
    assert "Lan" not in str(logs)


async def test_unready_parts_are_named_and_answered_503(serve: Serve) -> None:
    async def ready() -> list[str]:
        return ["database"]

    response = await (await serve(ROUTES, ready=ready)).get("/readyz")
    assert response.status == 503
    assert await response.json() == {"faults": ["database"]}


async def test_a_readiness_check_that_breaks_counts_as_not_ready(serve: Serve) -> None:
    async def ready() -> list[str]:
        raise OSError

    response = await (await serve(ROUTES, ready=ready)).get("/readyz")
    assert response.status == 503
    assert await response.json() == {"faults": ["internal"]}


async def test_metrics_count_by_route(serve: Serve) -> None:
    client = await serve(ROUTES)
    await client.get("/fine/0912345678")
    figures = await (await client.get("/metrics")).text()
    assert 'route="/fine/{number}"' in figures
    assert "0912345678" not in figures


async def test_setups_are_given_the_application(serve: Serve) -> None:
    seen: list[web.Application] = []
    client = await serve(ROUTES, setups=[seen.append])
    assert seen == [client.app]


async def test_open_streams_are_told_to_end_when_the_service_stops(serve: Serve) -> None:
    opened, ended = asyncio.Event(), asyncio.Event()

    async def stream(request: web.Request) -> web.Response:
        stir, streams = asyncio.Event(), request.app[STREAMS]
        with streams.joined(stir):
            opened.set()
            await stir.wait()
        assert streams.is_closing
        ended.set()
        return web.Response()

    client = await serve([web.get("/stream", stream)])
    request = asyncio.create_task(client.get("/stream"))
    await opened.wait()
    await client.app.shutdown()
    async with asyncio.timeout(20):
        await ended.wait()
        await request
