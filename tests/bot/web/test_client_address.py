import pytest
from aiohttp import web

from bot.web.client_address import client_address, networks
from tests.bot.web.conftest import Serve

CASES = [
    ("nobody is trusted: the header is no proof", [], "8.8.8.8", "127.0.0.1"),
    ("no header", ["127.0.0.1"], None, "127.0.0.1"),
    ("one proxy", ["127.0.0.1"], "8.8.8.8", "8.8.8.8"),
    ("what the client made up stands further left", ["127.0.0.1"], "1.1.1.1, 8.8.8.8", "8.8.8.8"),
    ("two proxies of ours", ["127.0.0.1", "10.0.0.0/8"], "8.8.8.8, 10.1.2.3", "8.8.8.8"),
    ("rubbish", ["127.0.0.1"], "unknown, ; <b>", "127.0.0.1"),
    ("only proxies", ["127.0.0.1"], "127.0.0.1", "127.0.0.1"),
    ("one household of IPv6", ["127.0.0.1"], "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("IPv4 within IPv6", ["127.0.0.1"], "::ffff:8.8.8.8", "8.8.8.8"),
]


@pytest.mark.parametrize(
    ("trusted", "header", "expect"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
async def test_client_address(serve: Serve, trusted: list[str], header: str | None, expect: str) -> None:
    async def tell(request: web.Request) -> web.Response:
        return web.Response(text=client_address(request))

    client = await serve([web.get("/", tell)], trusted_proxies=trusted)
    response = await client.get("/", headers={"X-Forwarded-For": header} if header else {})
    assert await response.text() == expect


def test_a_proxy_that_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="proxy"):
        networks(["proxy.example.org"])
