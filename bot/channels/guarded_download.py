"""Fetches what somebody's message points to, and is not led to where only we can go.

An address in a message is written by a stranger. It may name this machine, our network or a cloud's own services, or
a name that means another address each time it is asked. So the check stands where the connection is made: each socket is
allowed for the very address that it then connects to. No error here shows an address.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.channels.contract import FetchError

WITHIN: Final = timedelta(seconds=30)
_MOST_REDIRECTS: Final = 3
_LONGEST_URL: Final = 4096

# What `ipaddress` calls global and yet leads inside: addresses that carry another one in themselves (RFC 6052, 8215, 3056),
# and the site-local ones of old (RFC 3879).
_LEADING_INSIDE: Final = tuple(
    ipaddress.ip_network(network)
    for network in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "fec0::/10", "::/96", "192.88.99.0/24")
)


@dataclass(frozen=True, slots=True)
class Fetched:
    data: bytes
    media_type: str  # As the other side calls it: not to be relied on.


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet's."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    leads_inside = any(found in network for network in _LEADING_INSIDE if network.version == found.version)
    return found.is_global and not found.is_multicast and not leads_inside


async def fetch(
    url: str,
    *,
    most_bytes: int,
    allow_private: bool = False,
    within: timedelta = WITHIN,
    may_reach: Callable[[str], bool] = is_public,
    resolver: AbstractResolver | None = None,
) -> Fetched:
    """GET it, all in all `within` this time. Raises `FetchError` only, with a constant code and without the address.

    `may_reach` is asked for each IP address before it is connected to, redirects included; `allow_private` asks nothing.
    """
    door = _Door((lambda _address: True) if allow_private else may_reach)
    failure = FetchError("too_slow", is_final=False)
    try:
        async with asyncio.timeout(within.total_seconds()), door.session(resolver) as session:
            return await _follow(session, url, most_bytes)
    except FetchError as error:
        failure = error
    except TimeoutError:
        pass
    except aiohttp.InvalidURL:
        failure = FetchError("bad_address", is_final=True)
    except aiohttp.ClientPayloadError:
        failure = FetchError("cut_off", is_final=False)
    except (aiohttp.ClientError, OSError, ValueError):
        failure = FetchError("no_connection", is_final=False)
    if door.has_refused:
        failure = FetchError("not_public", is_final=True)
    # Outside of the except blocks, so that no traceback leads back to the address.
    raise FetchError(failure.code, is_final=failure.is_final)


class _Door:
    """Where each connection begins."""

    def __init__(self, may_reach: Callable[[str], bool]) -> None:
        self._may_reach = may_reach
        self.has_refused = False

    def session(self, resolver: AbstractResolver | None) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=resolver, use_dns_cache=False, force_close=True, socket_factory=self._open
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            # Nothing is unpacked: a small body must not become a large one.
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
            trust_env=False,  # A proxy would look the name up anew.
            timeout=aiohttp.ClientTimeout(total=None),
        )

    def _open(self, info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _name, address = info
        # "%" begins the zone of a link-local address.
        if not self._may_reach(str(address[0]).partition("%")[0]):
            self.has_refused = True
            raise OSError("an address that is not public")
        opened = socket.socket(family=family, type=kind, proto=protocol)
        opened.setblocking(False)
        return opened


async def _follow(session: aiohttp.ClientSession, url: str, most_bytes: int) -> Fetched:
    address = _checked(url)
    for _hop in range(_MOST_REDIRECTS + 1):
        async with session.get(address, allow_redirects=False) as answer:
            if answer.status == 200:
                return await _read(answer, most_bytes)
            if not 300 <= answer.status < 400 or "Location" not in answer.headers:
                raise _refusal(answer.status)
            address = _checked(str(address.join(URL(answer.headers["Location"]))))
    raise FetchError("too_many_redirects", is_final=True)


def _checked(url: str) -> URL:
    try:
        address = URL(url) if len(url) <= _LONGEST_URL else URL()
    except ValueError:
        address = URL()
    is_good = address.scheme in {"http", "https"} and address.host and not (address.user or address.password)
    if not is_good:
        raise FetchError("bad_address", is_final=True)
    return address


async def _read(answer: aiohttp.ClientResponse, most_bytes: int) -> Fetched:
    if (answer.content_length or 0) > most_bytes:
        raise FetchError("too_large", is_final=True)
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchError("packed", is_final=True)
    data = bytearray()
    async for chunk in answer.content.iter_any():
        data += chunk
        if len(data) > most_bytes:
            raise FetchError("too_large", is_final=True)
    return Fetched(bytes(data), answer.content_type)


def _refusal(status: int) -> FetchError:
    """A file that is gone does not come back; a server in trouble may."""
    is_final = 400 <= status < 500 and status not in {408, 425, 429}
    return FetchError("gone" if is_final else "server_trouble", is_final=is_final)
