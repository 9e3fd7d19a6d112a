"""One visit of a page of the console: who looks, in which language, and how she is answered."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from gettext import NullTranslations
from typing import Any, Literal

from aiohttp import web
from aiohttp_session import Session

from bot.alerts.overview import Waiting
from bot.people.secret_tokens import new_token
from bot.people.viewers import Viewer
from handlers.officers import templates
from handlers.officers.console import Console
from handlers.officers.navigation import NAVIGATION

CSRF_FIELD = "_csrf"
CSRF_HEADER = "X-CSRF-Token"
_FLASHES = "flashes"

Kind = Literal["success", "warning", "danger"]


@dataclass(slots=True)
class Visit:
    """What a page's handler works with."""

    request: web.Request
    console: Console
    session: Session
    now: datetime
    language: str
    signed_in: Viewer | None
    form: Mapping[
        str, Any
    ]  # What was sent with an unsafe method; empty for a GET. A value may be an uploaded file.
    alarm: Waiting | None = (
        None  # Alerts that are hers to see and that nobody has taken on: every page says so.
    )

    @property
    def viewer(self) -> Viewer:
        """Who looks. Only pages that anybody may open can be without."""
        if self.signed_in is None:
            raise LookupError("nobody is signed in")
        return self.signed_in

    @property
    def translations(self) -> NullTranslations:
        return self.console.languages.of(self.language)

    def gettext(self, message: str) -> str:
        return self.translations.gettext(message)

    def field(self, name: str) -> str:
        """A form field as typed, without blanks around it; empty when it is missing or a file."""
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    @property
    def csrf_token(self) -> str:
        """What every form carries: made from the cookie's token, which no other site can read."""
        if self.session.identity is None:
            self.session.set_new_identity(new_token())
            self.session.changed()
        return hashlib.sha256(f"csrf {self.session.identity}".encode()).hexdigest()

    def is_csrf_safe(self) -> bool:
        sent = self.request.headers.get(CSRF_HEADER) or self.field(CSRF_FIELD)
        return self.session.identity is not None and hmac.compare_digest(
            sent.encode(), self.csrf_token.encode()
        )

    def flash(self, text: str, kind: Kind = "success") -> None:
        """Say something on the next page that she sees."""
        self.session[_FLASHES] = [*self.session.get(_FLASHES, []), [kind, text]]

    def page(
        self,
        name: str,
        context: Mapping[str, Any] | None = None,
        *,
        block: str | None = None,
        status: int = 200,
        section: str = "",
    ) -> web.Response:
        """The page, or only its `block` when htmx asked for it. `section` is the entry of the navigation it belongs to."""
        only = block if is_htmx(self.request) else None
        everything = {
            **(context or {}),
            "viewer": self.signed_in,
            "csrf_token": self.csrf_token,
            "flashes": self._take_flashes() if only is None else [],
            "navigation": NAVIGATION,
            "section": section,
            "alarm": self.alarm,
            "path": self.request.path,
            "now": self.now,
        }
        text = templates.render(self.request.app, self.language, name, everything, only)
        return web.Response(text=text, content_type="text/html", status=status, headers=_VARIES)

    def go(self, path: str) -> web.Response:
        """Send her on to another page of ours, after a form."""
        return web.Response(status=303, headers={"Location": path})

    def _take_flashes(self) -> list[list[str]]:
        return list(self.session.pop(_FLASHES)) if _FLASHES in self.session else []


_VARIES = {"Vary": "HX-Request"}


def is_htmx(request: web.Request) -> bool:
    """Whether a part of a page is wanted. A page that htmx has to restore whole is not that."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
