"""An officer's browser without JavaScript: it follows links, fills in forms as they stand in the page, keeps cookies."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from aiohttp import FormData
from aiohttp.test_utils import TestClient

_CSRF = re.compile(r'name="_csrf" value="([^"]+)"')


class Page:
    def __init__(self, status: int, path: str, html: str, headers: Mapping[str, str]) -> None:
        self.status = status
        self.path = path  # Where redirects led to, with the query.
        self.html = html
        self.headers = headers

    @property
    def text(self) -> str:
        """The words of the page as she reads them."""
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", self.html))).strip()

    def __contains__(self, words: str) -> bool:
        return words in self.text

    @property
    def csrf(self) -> str:
        found = _CSRF.search(self.html)
        assert found, "the page has no form"
        return found[1]


class Browser:
    def __init__(self, client: TestClient[Any, Any]) -> None:
        self.client = client
        self.page = Page(0, "", "", {})

    async def open(self, path: str, **options: Any) -> Page:
        return await self._go("GET", path, **options)

    async def send(self, path: str, *, csrf: str | None = None, **fields: str) -> Page:
        """Send a form with the token of the page that is open; `csrf=""` sends none."""
        data = FormData(fields)
        token = self.page.csrf if csrf is None else csrf
        if token:
            data.add_field("_csrf", token)
        return await self._go("POST", path, data=data)

    async def sign_in(self, login: str, password: str) -> Page:
        await self.open("/console/sign-in")
        return await self.send("/console/sign-in", login=login, password=password)

    async def _go(self, method: str, path: str, **options: Any) -> Page:
        async with self.client.request(method, path, **options) as response:
            html = await response.text()
            self.page = Page(response.status, response.url.path_qs, html, response.headers)
        return self.page
