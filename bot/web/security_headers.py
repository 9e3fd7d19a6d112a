"""What browsers are told about every answer of ours, errors included: load nothing from elsewhere, believe no guess."""

from collections.abc import Sequence

from aiohttp import web

from bot.web.assets import PREFIX

_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors {ancestors}"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": browsers would then send "Origin: null" with our own forms (see bot.web.origin).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
_HSTS = "max-age=31536000"
_FOR_GOOD = "public, max-age=31536000, immutable"

_FRAMED_BY: web.RequestKey[Sequence[str]] = web.RequestKey("framed_by", Sequence)
IS_PUBLISHED_OVER_HTTPS = web.AppKey("is_published_over_https", bool)


def allow_framing(request: web.Request, origins: Sequence[str]) -> None:
    """Let pages of these origins show the answer to this request in a frame, also when it becomes an error."""
    request[_FRAMED_BY] = origins


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """For `on_response_prepare`. What a handler has set itself stays."""
    headers = response.headers
    origins = request.get(_FRAMED_BY, ())
    ancestors = " ".join(["'self'", *origins]) if origins else "'none'"
    headers["Server"] = "chi-hoi"  # Not our library's version.
    headers.setdefault("Content-Security-Policy", _POLICY.format(ancestors=ancestors))
    if not origins:
        headers.setdefault("X-Frame-Options", "DENY")
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if request.app[IS_PUBLISHED_OVER_HTTPS]:
        headers.setdefault("Strict-Transport-Security", _HSTS)
    is_file = request.path.startswith(PREFIX) and response.status in {200, 206, 304}
    headers.setdefault("Cache-Control", _FOR_GOOD if is_file else "no-store")
