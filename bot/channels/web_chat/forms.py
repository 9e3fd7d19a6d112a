"""What a form of the chat page says, and the sentences for one that we do not take."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl

import structlog
from aiohttp import web

from bot import text
from bot.channels.contract import IncomingKind
from bot.web.origin import is_from_our_page

log = structlog.get_logger()

TEXT_UNITS = 4000
"""Of what is said to her."""

TAKEN_UNITS = 100_000
"""Of what she says: all that somebody may type or paste. It is cut where it is read, as what comes by other ways."""

CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
LINE_ID = re.compile(r"[0-9]{1,18}")

NONCE = re.compile(r"[A-Za-z0-9-]{16,64}")
_CHOICE_UNITS = 200
_MAX_BODY_BYTES = 1024**2  # A letter with marks takes nine bytes in a form.
_FORM = "application/x-www-form-urlencoded"


class RefusedError(Exception):
    """The form is not taken in; `sentence` is for her. `again` says that the same may succeed a little later."""

    def __init__(self, status: HTTPStatus, sentence: str, *, again: bool = False) -> None:
        super().__init__(status)
        self.status = status
        self.sentence = sentence
        self.again = again


@dataclass(frozen=True, slots=True)
class Act:
    """What she did."""

    kind: IncomingKind
    text: str
    nonce: str
    reply_to: int | None

    @property
    def is_empty(self) -> bool:
        return not self.text and self.kind is not IncomingKind.START


async def read_form(request: web.Request, web_address: str, _: Callable[[str], str]) -> Mapping[str, str]:
    """The fields of a form that one of our pages sent. Raises RefusedError."""
    if not is_from_our_page(request, web_address):
        log.warning("chat_form_from_elsewhere")
        raise RefusedError(
            HTTPStatus.FORBIDDEN,
            _(
                "Tin này không gửi từ khung chat của Hội nên em không nhận. Chị tải lại trang rồi gửi lại nghen."
            ),
        )
    if request.content_type != _FORM:
        raise RefusedError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            _("Khung chat này chưa nhận hình và tập tin. Chị gõ bằng chữ giúp em nghen."),
        )
    if (request.content_length or 0) > _MAX_BODY_BYTES:
        raise _too_long(_)
    try:
        body = await request.read()
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    except web.HTTPRequestEntityTooLarge:
        raise _too_long(_) from None
    except ValueError:
        raise _not_understood(_) from None
    return dict(pairs)


def understand(fields: Mapping[str, str], _: Callable[[str], str]) -> Act:
    """What the fields mean. Raises RefusedError."""
    nonce = fields.get("nonce", "")
    if not NONCE.fullmatch(nonce):
        raise _not_understood(_)
    reply_to = fields.get("reply_to", "")
    answered = int(reply_to) if LINE_ID.fullmatch(reply_to) else None
    if "ma" in fields:
        if not CODE.fullmatch(fields["ma"]):
            raise _not_understood(_)
        return Act(IncomingKind.START, fields["ma"], nonce, None)
    if "choice" in fields:
        choice = text.clean(fields["choice"])
        if text.utf16_length(choice) > _CHOICE_UNITS:
            raise _not_understood(_)
        return Act(IncomingKind.CHOICE, choice, nonce, answered)
    typed = text.clean(fields.get("text", ""))
    if text.utf16_length(typed) > TAKEN_UNITS:
        raise _too_long(_)
    return Act(IncomingKind.TEXT, typed, nonce, answered)


def _too_long(_: Callable[[str], str]) -> RefusedError:
    return RefusedError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        _(
            "Tin dài quá, em chỉ đọc được chừng 100.000 chữ cái một lần. Chị chia ra gửi làm nhiều tin giúp em nghen."
        ),
    )


def _not_understood(_: Callable[[str], str]) -> RefusedError:
    return RefusedError(
        HTTPStatus.BAD_REQUEST, _("Em không nhận được tin này. Chị tải lại trang rồi gửi lại giúp em nghen.")
    )
