"""Who somebody is on the web chat: whoever holds the token in this browser's cookie.

The address that the rest of the service knows her by is the token's hash, so that nobody who reads the database can
open her chat. The page on another site (the widget) has a cookie of its own: browsers keep that apart.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass

from aiohttp import web

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Visitor:
    token: str

    @property
    def address(self) -> str:
        return hashlib.sha256(self.token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Doorway:
    """How the page was opened: on our own site or within a frame on another, which decides about the cookie."""

    is_widget: bool
    is_https: bool

    @property
    def cookie_name(self) -> str:
        # Browsers let nobody but this very host set a "__Host-" cookie, other hosts of the same domain included.
        prefix = "__Host-" if self.is_https else ""
        return f"{prefix}chihoi_{'widget' if self.is_widget else 'chat'}"

    @property
    def page_address(self) -> str:
        return "/chat?widget=1" if self.is_widget else "/chat"

    def recognise(self, request: web.Request) -> Visitor | None:
        token = request.cookies.get(self.cookie_name, "")
        return Visitor(token) if _TOKEN.fullmatch(token) else None

    def remember(self, response: web.StreamResponse, visitor: Visitor) -> None:
        """Set the cookie, for a year from now."""
        crosses_sites = self.is_widget and self.is_https
        parts = [
            f"{self.cookie_name}={visitor.token}",
            f"Max-Age={_YEAR_S}",
            "Path=/",
            "HttpOnly",
            "SameSite=None; Partitioned" if crosses_sites else "SameSite=Lax",
            *(["Secure"] if self.is_https else []),
        ]
        # Written by hand because Python's http.cookies knows "Partitioned" only from 3.14 on.
        response.headers.add("Set-Cookie", "; ".join(parts))


def new_visitor() -> Visitor:
    return Visitor(secrets.token_urlsafe(32))
