"""How an account stands: whether it works here and, where it does not, the one sentence of what is to be done.

What its row says is not all: its platform may lack a setting, or its channel may not run in this service any more.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from aiohttp import web
from sqlalchemy import Row

from bot.store.tables.accounts import AccountState
from handlers.officers import words
from handlers.officers.visit import Visit

_STARTING = timedelta(minutes=1)  # Processes serve a new account after some seconds.


class Light(StrEnum):
    """What its card shows."""

    WORKS = "works"
    UNHEARD = "unheard"  # Connected, and nothing has come in yet.
    OFF = "off"  # Something is not set up.
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Standing:
    light: Light
    sentence: str = ""  # What is to be done; "" where all is well.
    addresses: tuple[str, ...] = ()  # Of one that is unheard: where its platform has to call us.

    @property
    def is_red(self) -> bool:
        return self.light in {Light.OFF, Light.REFUSED}


def standing_of(visit: Visit, account: Row[*tuple[Any, ...]], heard: Collection[int]) -> Standing:
    """Of one account; `heard` are those through which anything came in."""
    if missing := missing_of(visit, account.channel):
        return Standing(Light.OFF, missing)
    if account.state is AccountState.REFUSED:
        return Standing(Light.REFUSED, sentence_of(visit, account.channel, account.trouble))
    if not _runs(visit, account.id, account.state_at or account.created_at):
        return Standing(
            Light.OFF,
            visit.gettext(
                "Kênh này không chạy: phần khai báo của nó không còn. Chị báo người vận hành khai lại rồi khởi động lại."
            ),
        )
    addresses = addresses_of(visit, account.channel)
    if account.id not in heard and addresses:
        return Standing(Light.UNHEARD, _unheard(visit, account.channel), addresses)
    return Standing(Light.WORKS)


def missing_of(visit: Visit, channel: str) -> str:
    """What the operator has to set before the accounts of this channel can work; "" where nothing is missing."""
    platform = visit.console.platforms.get(channel)
    missing = platform.connecting.is_ready() if platform and platform.connecting else ""
    return visit.gettext(missing) if missing else ""


def answers_wait(visit: Visit, question: Row[*tuple[Any, ...]]) -> str:
    """Why an answer to this question (of `bot.questions.inbox`) would not go out now; "" where it would."""
    _ = visit.gettext
    if question.account_id is None:
        return ""
    if question.account_state is AccountState.REFUSED:
        sentence = _("%s đang mất quyền gửi. Câu trả lời chờ ở đây cho tới khi kết nối lại.")
    elif not _runs(visit, question.account_id, question.account_state_at):
        sentence = _("%s hiện không chạy. Câu trả lời chờ ở đây cho tới khi kênh chạy lại.")
    else:
        return ""
    return sentence % str(question.account_name)


def _runs(visit: Visit, account_id: int, since: datetime) -> bool:
    """Whether its channel runs in this service, or is about to."""
    return account_id in visit.console.limits or visit.now - since < _STARTING


def addresses_of(visit: Visit, channel: str) -> tuple[str, ...]:
    """Where the platform calls us for all accounts that officers connect: to be copied into its own console."""
    platform = visit.console.platforms.get(channel)
    if platform is None or platform.connecting is None:
        return ()
    return tuple(
        visit.console.web_address + route.path
        for route in platform.routes()
        if isinstance(route, web.RouteDef) and route.method == "POST"
    )


def sentence_of(visit: Visit, channel: str, code: str) -> str:
    """What an officer should know of a trouble of this channel, and do; the code itself only where nobody has a sentence."""
    platform = visit.console.platforms.get(channel)
    found = (platform.sentence(code) if platform else "") or words.ACCOUNT_TROUBLE.get(code, "")
    if found:
        return visit.gettext(found)
    if not code:
        return visit.gettext("Tài khoản này không được chấp nhận nữa. Chị báo người vận hành kiểm tra.")
    return visit.gettext("Có trục trặc, chị báo người vận hành (mã %s).") % code


def _unheard(visit: Visit, channel: str) -> str:
    platform = visit.console.platforms[channel]
    title = platform.connecting.title if platform.connecting else channel
    return (
        visit.gettext(
            "Chưa nhận được tin nào từ %s: chị nhờ người vận hành chép địa chỉ webhook dưới đây vào trang quản lý ứng dụng, rồi nhắn thử một tin."
        )
        % title
    )
