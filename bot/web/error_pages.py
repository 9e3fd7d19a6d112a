"""What a person sees when a request fails: a kind sentence, without detail. Of a fault of ours she gets a code to tell us.

An answer that a handler made itself is left as it is, whatever its status.
"""

import secrets
from collections.abc import Callable
from pathlib import Path

import jinja2
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.languages import DEFAULT, Languages
from bot.web.access import route_of
from bot.web.assets import Assets

log = structlog.get_logger()

_LEFT = 499  # As servers commonly log it: whoever asked has gone.
_TEMPLATES = Path(__file__).parent / "templates"


def _sentence(status: int, _: Callable[[str], str]) -> str:
    match status:
        case 401 | 403:
            return _("Chị chưa được mở trang này. Chị đăng nhập lại rồi thử lần nữa nghen.")
        case 404 | 405 | 410:
            return _("Em không tìm thấy trang này. Chị xem lại đường dẫn, hoặc quay về trang trước nghen.")
        case 413:
            return _(
                "Nội dung gửi lên lớn quá nên em không nhận được. Chị gửi ngắn hơn hoặc tập tin nhỏ hơn nghen."
            )
        case 429:
            return _("Chị thao tác nhanh quá, em theo không kịp. Chị chờ một phút rồi thử lại nghen.")
        case 503:
            return _("Em đang bận một chút. Chị chờ một phút rồi thử lại nghen.")
        case _ if status >= 500:
            return _("Dạ, em vừa gặp trục trặc nên chưa làm được việc này. Chị thử lại sau ít phút nghen.")
        case _:
            return _("Em không hiểu yêu cầu này. Chị quay lại trang trước rồi thử lần nữa nghen.")


def answer_errors(assets: Assets, languages: Languages) -> Middleware:
    """A middleware that turns every error into such a page, or into JSON for a script that asked for JSON."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True)
    template = environment.get_template("error.html")
    style = assets.url("error.css")

    def error(request: web.Request, status: int, reference: str = "") -> web.Response:
        language = language_of(request)
        _ = languages.of(language).gettext
        sentence = _sentence(status, _)
        if "application/json" in request.headers.get("Accept", ""):
            return web.json_response({"error": sentence, "reference": reference}, status=status)
        page = template.render(_=_, language=language, sentence=sentence, reference=reference, style=style)
        return web.Response(text=page, status=status, content_type="text/html")

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as exc:
            if exc.status < 400:
                raise
            page = error(request, exc.status)
            page.headers.extend(
                {name: exc.headers[name] for name in ("Allow", "Retry-After") if name in exc.headers}
            )
            return page
        except Exception as exc:
            if isinstance(exc, ConnectionResetError) and _has_left(request):
                return web.Response(status=_LEFT)
            reference = secrets.token_hex(4)
            log.exception("request_failed", reference=reference, route=route_of(request))
            return error(request, 500, reference)

    return answer


def _has_left(request: web.Request) -> bool:
    """Whether nobody waits for the answer any more: a browser that goes elsewhere is no fault of ours."""
    return request.transport is None or request.transport.is_closing()


def language_of(request: web.Request) -> str:
    """The language to speak to a stranger: Khmer when her browser asks for it first, else Vietnamese."""
    return "km" if request.headers.get("Accept-Language", "").lower().startswith("km") else DEFAULT
