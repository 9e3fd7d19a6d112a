"""A stored file as an answer to a browser or a platform: nothing in it can act, whatever it is.

Pictures are shown, everything else is saved. Who may have it is the caller's business.
"""

from urllib.parse import quote

from aiohttp import web

from bot.files import StoredFile
from bot.media_types import SHOWN_IN_A_PAGE

_POLICY = "default-src 'none'; sandbox"


def file_response(file: StoredFile) -> web.Response:
    """`nosniff` and the rest come with every answer (bot.web.security_headers)."""
    way = "inline" if file.media_type in SHOWN_IN_A_PAGE else "attachment"
    plain = "".join(
        c if c.isascii() and c.isprintable() and c not in '"\\%;' else "_" for c in file.full_name
    )
    return web.Response(
        body=file.data,
        content_type=file.media_type,
        headers={
            "Content-Disposition": f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(file.full_name, safe='')}",
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
        },
    )
