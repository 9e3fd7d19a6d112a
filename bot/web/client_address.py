"""From which address a request came, also behind a proxy.

`X-Forwarded-For` is believed only as far as proxies of ours wrote it: anybody can send that header.
"""

import ipaddress
from collections.abc import Iterable, Sequence

from aiohttp import web

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
TRUSTED_PROXIES: web.AppKey[Sequence[Network]] = web.AppKey("trusted_proxies", Sequence)


def networks(trusted: Iterable[str]) -> list[Network]:
    """Read addresses and networks ("127.0.0.1", "10.0.0.0/8"). Raises ValueError on anything else."""
    return [ipaddress.ip_network(entry.strip(), strict=False) for entry in trusted if entry.strip()]


def client_address(request: web.Request) -> str:
    """The address of the nearest machine that is no proxy of ours; of IPv6 the network, which one household shares."""
    trusted = request.app[TRUSTED_PROXIES]
    hops = [request.remote or "", *reversed(request.headers.get("X-Forwarded-For", "").split(","))]
    for hop in hops:
        try:
            address = ipaddress.ip_address(hop.strip())
        except ValueError:
            break
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if not any(address in network for network in trusted):
            return str(address if address.version == 4 else ipaddress.ip_network((address, 64), strict=False))
    return request.remote or ""
