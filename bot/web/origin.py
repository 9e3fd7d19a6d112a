"""Whether a request that changes something was made by a page of ours, and not by another site behind her back."""

from urllib.parse import urlsplit

from aiohttp import web


def is_from_our_page(request: web.Request, public_url: str = "") -> bool:
    """What the browser says: `Sec-Fetch-Site`, else `Origin`, else `Referer`. A request with none of them is refused.

    Every browser sends one of the three with a form of ours, because our `Referrer-Policy` lets it.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    source = request.headers.get("Origin") or request.headers.get("Referer") or ""
    try:
        host = urlsplit(source).netloc
        ours = {request.host, urlsplit(public_url).netloc}
    except ValueError:
        return False
    return bool(host) and host in ours
