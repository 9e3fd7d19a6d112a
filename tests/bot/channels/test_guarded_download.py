"""What somebody's message points to is fetched from the open Internet, and from nowhere else."""

import asyncio
import socket
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.channels.contract import FetchError
from bot.channels.guarded_download import Fetched, fetch, is_public

PICTURE = b"\xff\xd8\xff\xe0 a made-up picture"
SECRET = "key=abc123"  # What an address may hold.


class Names(AbstractResolver):
    """A name server that answers each question with the next of its answers, the last one again and again."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else family,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        pass


class Files:
    """A server of files that counts who came."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        self.port = 0
        self.until = asyncio.Event()

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/{path:.*}", self.handle)
        return application

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.visits.append(request.path)
        match request.path.strip("/").split("/"):
            case ["picture"]:
                return web.Response(body=PICTURE, content_type="image/jpeg")
            case ["status", status]:
                return web.Response(status=int(status), text="no")
            case ["to", number, *_]:
                raise web.HTTPFound(f"http://127.0.0.{number}:{self.port}/picture")
            case ["away"]:
                raise web.HTTPFound("ftp://127.0.0.1/picture")
            case ["round"]:
                raise web.HTTPFound("/round")
            case ["packed"]:
                return web.Response(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
            case ["slow"]:
                await self.until.wait()
                return web.Response()
            case ["trickle"]:
                return await self._begin(request, {}, PICTURE * 20)
            case _:
                return await self._begin(request, {"Content-Length": "1000"}, PICTURE)

    async def _begin(self, request: web.Request, headers: dict[str, str], data: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        await response.write(data)
        if headers and request.transport is not None:
            request.transport.close()
        return response


@pytest.fixture
async def files() -> AsyncIterator[Files]:
    server = Files()
    runner = web.AppRunner(server.application(), shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    yield server
    server.until.set()
    await runner.cleanup()


def first_only(address: str) -> bool:
    """127.0.0.1 plays the open Internet."""
    return address == "127.0.0.1"


async def refused(url: str, **given: object) -> FetchError:
    options = {"most_bytes": 100} | given
    with pytest.raises(FetchError) as caught:
        await fetch(url, **options)  # type: ignore[arg-type] # A table of options.
    shown = "".join(traceback.format_exception(caught.value))
    assert "127.0.0" not in shown
    assert SECRET not in shown
    return caught.value


PUBLIC = ["203.205.12.7", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"]
INSIDE = [
    "127.0.0.1", "127.8.9.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1", "fec0::1", "nonsense", "",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_the_open_internet_is_public(address: str) -> None:
    # 203.205.0.0/16 is an ordinary network; nothing is sent there.
    assert is_public(address)


@pytest.mark.parametrize("address", INSIDE)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)


async def test_a_file_is_fetched(files: Files) -> None:
    got = await fetch(f"http://127.0.0.1:{files.port}/picture", most_bytes=100, may_reach=first_only)
    assert got == Fetched(PICTURE, "image/jpeg")


@dataclass(frozen=True)
class Case:
    label: str
    path: str
    code: str
    is_final: bool


CASES = [
    Case("gone", "status/404", "gone", is_final=True),
    Case("key worn out", "status/403", "gone", is_final=True),
    Case("too many calls", "status/429", "server_trouble", is_final=False),
    Case("server in trouble", "status/503", "server_trouble", is_final=False),
    Case("nothing in it", "status/204", "server_trouble", is_final=False),
    Case("packed", "packed", "packed", is_final=True),
    Case("too large, and unsaid", "trickle", "too_large", is_final=True),
    Case("too large, and said", "half", "too_large", is_final=True),
    Case("slow", "slow", "too_slow", is_final=False),
    Case("redirected to this machine", "to/2", "not_public", is_final=True),
    Case("redirected round and round", "round", "too_many_redirects", is_final=True),
    Case("redirected to another scheme", "away", "bad_address", is_final=True),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
async def test_what_cannot_be_fetched_says_why_and_whether_for_good(files: Files, case: Case) -> None:
    error = await refused(
        f"http://127.0.0.1:{files.port}/{case.path}?{SECRET}",
        may_reach=first_only,
        within=timedelta(seconds=0.3 if case.path == "slow" else 20),
    )
    assert (error.code, error.is_final) == (case.code, case.is_final)


async def test_a_redirect_within_what_may_be_reached_is_followed(files: Files) -> None:
    got = await fetch(f"http://127.0.0.1:{files.port}/to/1", most_bytes=100, may_reach=first_only)
    assert got.data == PICTURE


async def test_a_redirect_to_this_machine_never_connects(files: Files) -> None:
    await refused(f"http://127.0.0.1:{files.port}/to/2", may_reach=first_only)
    assert files.visits == ["/to/2"]


async def test_half_a_body_is_no_file(files: Files) -> None:
    error = await refused(f"http://127.0.0.1:{files.port}/half", most_bytes=5000, may_reach=first_only)
    assert (error.code, error.is_final) == ("cut_off", False)


POINTING_HERE: list[tuple[str, Callable[[int], str]]] = [
    ("by number", lambda port: f"http://127.0.0.1:{port}/picture?{SECRET}"),
    ("as IPv6", lambda port: f"http://[::ffff:127.0.0.1]:{port}/picture?{SECRET}"),
    ("by name", lambda port: f"http://localhost:{port}/picture?{SECRET}"),
    ("as nothing", lambda port: f"http://0.0.0.0:{port}/picture?{SECRET}"),
]


@pytest.mark.parametrize(("label", "made"), POINTING_HERE, ids=[label for label, _ in POINTING_HERE])
async def test_an_attachment_address_that_points_to_this_machine_is_not_followed(
    files: Files, label: str, made: Callable[[int], str]
) -> None:
    error = await refused(made(files.port))
    assert (error.code, error.is_final) == ("not_public", True)
    assert files.visits == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "017700000001"])
async def test_an_address_spelt_oddly_leads_nowhere(files: Files, host: str) -> None:
    await refused(f"http://{host}:{files.port}/picture")
    assert files.visits == []


@pytest.mark.parametrize("addresses", [("127.0.0.2",), ("127.0.0.2", "127.0.0.3")])
async def test_a_name_that_leads_here_is_not_followed(files: Files, addresses: tuple[str, ...]) -> None:
    error = await refused(
        f"http://photo.example:{files.port}/picture", resolver=Names(addresses), may_reach=first_only
    )
    assert error.code == "not_public"
    assert files.visits == []


async def test_a_name_that_changes_its_mind_is_checked_where_it_is_connected_to(files: Files) -> None:
    names = Names(("127.0.0.1",), ("127.0.0.2",))
    url = f"http://photo.example:{files.port}/to/1"
    assert (await fetch(url, most_bytes=100, may_reach=first_only, resolver=names)).data == PICTURE
    # The second question is answered with an address inside, and nobody connects to it.
    assert (await refused(url, may_reach=first_only, resolver=names)).code == "not_public"
    assert files.visits == ["/to/1", "/picture"]


async def test_of_several_addresses_only_the_public_one_is_connected_to(files: Files) -> None:
    names = Names(("127.0.0.2", "127.0.0.1"))
    url = f"http://photo.example:{files.port}/picture"
    assert (await fetch(url, most_bytes=100, may_reach=first_only, resolver=names)).data == PICTURE


async def test_where_private_addresses_are_allowed_they_are(files: Files) -> None:
    got = await fetch(f"http://127.0.0.1:{files.port}/picture", most_bytes=100, allow_private=True)
    assert got.data == PICTURE


@pytest.mark.parametrize(
    "url",
    [
        "", "nonsense", "/etc/passwd", "file:///etc/passwd", "ftp://files.example/x", "http://", "http://[", "gopher://x/y",
        f"http://user:pw@files.example/x?{SECRET}", "https://files.example:99999/x", "http://x.example/" + "a" * 5000,
        "data:text/plain,x", "http://\ud800.example/",
    ],
)  # fmt: skip
async def test_what_is_no_web_address_is_not_followed(url: str) -> None:
    assert (await refused(url, allow_private=True)).is_final


async def test_a_server_that_is_away_may_come_back() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Bound and not listening: nobody answers there.
        error = await refused(f"http://127.0.0.1:{taken.getsockname()[1]}/", allow_private=True)
    assert (error.code, error.is_final) == ("no_connection", False)
