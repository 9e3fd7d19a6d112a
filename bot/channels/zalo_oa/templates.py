"""Wordings that Zalo has approved (ZBS templates): which there are, what has to be filled in, and sending one.

Everything that Zalo would refuse and we can know is found before anything is called, for each such message costs money
(zalo-oa.md 3.5 and 3.6, 2026-11).
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import sqlalchemy as sa

from bot.channels.contract import Account, TemplateCall
from bot.channels.zalo_oa import refusal_table as table
from bot.channels.zalo_oa.errors import Refused
from bot.channels.zalo_oa.refusals import error_of
from bot.clock import Clock
from bot.store.database import Database, put
from bot.store.tables import message_templates

APPROVED: Final = "ENABLE"
HASHES_PHONES: Final = "zalo_hashes_phones"
"""Under this name an account's settings say that numbers are only given as hashes."""

_PAGE = 100
_MOST_PAGES = 50
_LONGEST_TRACKING_ID = 48
_LOOK_DAILY = timedelta(days=1)  # What Zalo tells of itself makes what was fetched older at once.
_LOOK_AGAIN = timedelta(minutes=10)  # For one that was not approved when we last looked.
_KEPT_IN_MEMORY = timedelta(minutes=1)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_DATE = re.compile(r"(\d{2}:\d{2}(:\d{2})? )?\d{2}/\d{2}/\d{4}")
_UNKNOWN_TEMPLATE = frozenset({-109, -1091})


class Calling(Protocol):
    """What is needed of `client.OAClient`."""

    async def post(self, path: str, body: Mapping[str, Any], *, answer: timedelta | None = None) -> Any: ...

    async def business_get(self, path: str, query: Mapping[str, str]) -> Any: ...

    async def business_post(self, path: str, body: Mapping[str, Any]) -> Any: ...


@dataclass(frozen=True, slots=True)
class Param:
    """A place to fill in. `type` is Zalo's word; NUMBER and DATE are checked, any other is a text."""

    name: str
    type: str = "STRING"
    max_length: int = 0  # 0: not said.
    min_length: int = 0
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Template:
    template_id: str
    name: str
    state: str  # Zalo's word.
    params: tuple[Param, ...] = ()
    price: int = 0  # VND for one message by phone.
    price_by_uid: int = 0
    tag: str = ""  # TRANSACTION, CUSTOMER_CARE, PROMOTION ...
    preview: str = ""  # An address at Zalo that shows how it looks.
    reason: str = ""  # Why it was rejected, in Zalo's words.

    @property
    def is_approved(self) -> bool:
        return self.state == APPROVED

    def detail(self) -> dict[str, Any]:
        """What the table keeps of it besides name and state."""
        return {
            "params": [
                {
                    "name": param.name,
                    "type": param.type,
                    "max_length": param.max_length,
                    "min_length": param.min_length,
                    "is_required": param.is_required,
                }
                for param in self.params
            ],
            "price": self.price,
            "price_by_uid": self.price_by_uid,
            "tag": self.tag,
            "preview": self.preview,
            "reason": self.reason,
        }


def check(template: Template, values: Mapping[str, str], _: Callable[[str], str]) -> list[str]:
    """What is wrong with these values, one sentence each, in the language of `_`; none: it can be sent."""
    faults = []
    known = {param.name for param in template.params}
    faults += [_("Mẫu tin không có ô “{name}”.").format(name=name) for name in values if name not in known]
    for param in template.params:
        value = values.get(param.name, "")
        if not value:
            if param.is_required:
                faults.append(_("Chưa điền ô “{name}”.").format(name=param.name))
        elif param.max_length and len(value) > param.max_length:
            faults.append(
                _("Ô “{name}” dài {length} chữ, Zalo chỉ nhận {most}.").format(
                    name=param.name, length=len(value), most=param.max_length
                )
            )
        elif len(value) < param.min_length:
            faults.append(
                _("Ô “{name}” cần ít nhất {least} chữ.").format(name=param.name, least=param.min_length)
            )
        elif param.type == "NUMBER" and not _NUMBER.fullmatch(value):
            faults.append(_("Ô “{name}” phải là một số, ví dụ 1500.").format(name=param.name))
        elif param.type == "DATE" and not _DATE.fullmatch(value):
            faults.append(_("Ô “{name}” phải là ngày, ví dụ 08/03/2027.").format(name=param.name))
    return faults


class Templates:
    """Of one account."""

    def __init__(self, client: Calling, database: Database, account: Account, clock: Clock) -> None:
        self._client = client
        self._database = database
        self._account = account
        self._clock = clock
        self._held: dict[str, tuple[datetime, Template | None]] = {}

    async def refresh(self) -> int:
        """Ask Zalo for all of them and keep what it says; those that are gone go here too. Returns how many there are.

        Raises as the client does, and then nothing has changed.
        """
        found: list[Template] = []
        for page in range(_MOST_PAGES):
            query = {"offset": str(page * _PAGE), "limit": str(_PAGE)}
            listed = await self._client.business_get("/template/all", query)
            entries = listed if isinstance(listed, list) else []
            named = [
                (template_id, entry)
                for entry in entries
                if isinstance(entry, Mapping) and (template_id := _text(entry, "templateId"))
            ]
            found += [await self._ask(number) or _template(number, entry) for number, entry in named]
            if len(entries) < _PAGE:
                break
        now = self._clock()
        kept = [template.template_id for template in found]
        async with self._database.writing() as connection:
            for template in found:
                await put(connection, message_templates, *self._row(template, now))
            await connection.execute(
                sa.delete(message_templates).where(
                    message_templates.c.account_id == self._account.account_id,
                    message_templates.c.template_id.not_in(kept),
                )
            )
        self._held.clear()
        return len(found)

    async def look_at(self, call: TemplateCall) -> None:
        """Raises SendError for what cannot be right, and as the client does; nothing is sent."""
        template = await self._known(call.template_id)
        if template is None:
            raise error_of(table.TEMPLATE_UNKNOWN)
        if not template.is_approved:
            raise error_of(table.TEMPLATE_NOT_APPROVED)
        if check(template, call.values, lambda message: message):
            raise error_of(table.TEMPLATE_VALUES)

    async def send(self, address: str, call: TemplateCall, *, key: str) -> Any:
        """The answer's data. Raises as the client does."""
        body = {"template_id": call.template_id, "template_data": dict(call.values)}
        if not call.phone:
            return await self._client.post("/v3.0/oa/message/template", {"user_id": address, **body})
        phone = call.phone.removeprefix("+")
        body["tracking_id"] = key[:_LONGEST_TRACKING_ID]
        if self._account.settings.get(HASHES_PHONES):
            hashed = hashlib.sha256(phone.encode()).hexdigest()
            return await self._client.business_post("/message/template/hashphone", {"phone": hashed, **body})
        return await self._client.business_post("/message/template", {"phone": phone, **body})

    async def _known(self, template_id: str) -> Template | None:
        """As we last heard of it; Zalo is asked again where that would stop a message."""
        now = self._clock()
        until, held = self._held.get(template_id, (now, None))
        if until > now:
            return held
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    sa.select(message_templates).where(
                        message_templates.c.account_id == self._account.account_id,
                        message_templates.c.template_id == template_id,
                    )
                )
            ).one_or_none()
        template = read_row(row) if row is not None else None
        trusted = _LOOK_DAILY if template is not None and template.is_approved else _LOOK_AGAIN
        if row is None or now - row.fetched_at >= trusted:
            template = await self._ask(template_id)
            if template is not None:
                async with self._database.writing() as connection:
                    await put(connection, message_templates, *self._row(template, now))
        self._held[template_id] = (now + _KEPT_IN_MEMORY, template)
        return template

    async def _ask(self, template_id: str) -> Template | None:
        """One of them as Zalo describes it; None: it has none such."""
        try:
            told = await self._client.business_get("/template/info/v2", {"template_id": template_id})
        except Refused as refused:
            if refused.code in _UNKNOWN_TEMPLATE:
                return None
            raise
        return _template(template_id, told) if isinstance(told, Mapping) else None

    def _row(self, template: Template, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
        key = {"account_id": self._account.account_id, "template_id": template.template_id}
        detail = template.detail()
        values = {"name": template.name, "state": template.state, "detail": detail, "fetched_at": now}
        return key, values


def read_row(row: sa.Row[Any]) -> Template:
    """A row of `message_templates`."""
    detail = dict(row.detail)
    params = tuple(Param(**param) for param in detail.pop("params", ()))
    return Template(row.template_id, row.name, row.state, params, **detail)


def _template(template_id: str, told: Mapping[str, Any]) -> Template:
    listed = told.get("listParams")
    params: Sequence[Any] = listed if isinstance(listed, list) else []
    return Template(
        template_id,
        _text(told, "templateName")[:200],
        _text(told, "status")[:40],
        tuple(_param(param) for param in params if isinstance(param, Mapping) and _text(param, "name")),
        price=_number(told, "priceSdt") or _number(told, "price"),
        price_by_uid=_number(told, "priceUid") or _number(told, "price"),
        tag=_text(told, "templateTag"),
        preview=_text(told, "previewUrl"),
        reason=_text(told, "reason"),
    )


def _param(told: Mapping[str, Any]) -> Param:
    return Param(
        _text(told, "name"),
        _text(told, "type").upper() or "STRING",
        _number(told, "maxLength"),
        _number(told, "minLength"),
        told.get("require") is not False,
    )


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _number(told: Mapping[str, Any], name: str) -> int:
    """Zalo writes numbers as text, too; 0 for none."""
    try:
        return int(float(_text(told, name) or told.get(name) or 0))
    except (TypeError, ValueError, OverflowError):
        return 0
