"""ZBS templates: their states, their parameters, and what the OA may look up about them."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa.refusals import Refused
from tests.emulators.zalo_oa.requests import Request

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.world import World

UID_FROM = date(2025, 12, 10)
MOST_LISTED = 100


class State(enum.StrEnum):
    ENABLE = "ENABLE"
    PENDING_REVIEW = "PENDING_REVIEW"
    REJECT = "REJECT"
    DISABLE = "DISABLE"


STATE_NUMBERS = {1: State.ENABLE, 2: State.PENDING_REVIEW, 3: State.REJECT, 4: State.DISABLE}


@dataclass(frozen=True, slots=True)
class Param:
    """`type`: STRING, NUMBER or DATE (hh:mm:ss dd/MM/yyyy or dd/MM/yyyy)."""

    name: str
    type: str = "STRING"
    max_length: int = 100
    min_length: int = 0
    is_required: bool = True

    def plain(self) -> JSON:
        return {
            "name": self.name,
            "require": self.is_required,
            "type": self.type,
            "maxLength": self.max_length,
            "minLength": self.min_length,
            "acceptNull": not self.is_required,
        }


@dataclass(eq=False, slots=True)
class Template:
    """`tag`: TRANSACTION, CUSTOMER_CARE or PROMOTION, or OTP. `text` shows parameters as `<name>`."""

    template_id: str
    name: str
    text: str
    params: tuple[Param, ...] = ()
    state: State = State.ENABLE
    tag: str = "TRANSACTION"
    price_vnd: int = 200
    quality: str = "HIGH"
    reason: str = ""
    made_on: date = date(2026, 3, 1)
    daily_quota: int | None = None
    sent_on: dict[str, int] = field(default_factory=dict)

    @property
    def goes_by_uid(self) -> bool:
        return self.made_on >= UID_FROM and self.tag != "OTP"

    def fill(self, data: Any) -> str:
        """The text with its parameters. Raises Refused with the codes of the phone host."""
        if not isinstance(data, dict) or (self.params and not data):
            raise Refused(-111)
        known = {param.name: param for param in self.params}
        for name in data:
            if name not in known:
                raise Refused(-112, f"{name} is not a param of the template")
        for param in self.params:
            if param.name not in data:
                if param.is_required:
                    raise Refused(-1122, f"{param.name} is missing")
                continue
            _check(param, data[param.name])
        text = self.text
        for name, value in data.items():
            text = text.replace(f"<{name}>", str(value))
        return text

    def brief(self) -> JSON:
        return {
            "templateId": int(self.template_id),
            "templateName": self.name,
            "createdTime": int(self.made_on.strftime("%s")) * 1000,
            "status": self.state.value,
            "templateQuality": self.quality,
        }

    def plain(self) -> JSON:
        return {
            "templateId": int(self.template_id),
            "templateName": self.name,
            "status": self.state.value,
            "reason": self.reason,
            "listParams": [param.plain() for param in self.params],
            "listButtons": [],
            "timeout": 7_200_000,
            "previewUrl": f"https://zns.oa.zalo.me/znspreview/{self.template_id}",
            "templateQuality": self.quality,
            "templateTag": self.tag,
            "price": str(self.price_vnd),
            "priceSdt": str(self.price_vnd),
            "priceUid": str(self.price_vnd),
            "applyTemplateQuota": self.daily_quota is not None,
            "templateDailyQuota": self.daily_quota,
            "templateRemainingQuota": None,
        }


_DATE = re.compile(r"(\d{2}:\d{2}(:\d{2})? )?\d{2}/\d{2}/\d{4}")


def _check(param: Param, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Refused(-1121, f"{param.name} is of a wrong type")
    text = str(value)
    if param.type == "NUMBER" and not re.fullmatch(r"-?\d+(\.\d+)?", text):
        raise Refused(-1121, f"{param.name} is not a number")
    if param.type == "DATE" and not _DATE.fullmatch(text):
        raise Refused(-1124, f"{param.name} is not a date")
    if param.type == "STRING" and not isinstance(value, str):
        raise Refused(-1121, f"{param.name} is not a string")
    if not text and param.is_required:
        raise Refused(-1122, f"{param.name} is empty")
    if len(text) > param.max_length:
        raise Refused(-1123, f"{param.name} is too long")
    if len(text) < param.min_length:
        raise Refused(-1124, f"{param.name} is too short")


def find(request: Request, template_id: Any, code: int = -109) -> Template:
    template = request.oa.templates.get(str(template_id)) if isinstance(template_id, str | int) else None
    if template is None:
        raise Refused(code)
    return template


def list_all(world: World, request: Request) -> list[JSON]:
    """`GET /template/all?offset=&limit=&status=`; the total stands beside `data`."""
    params = request.params
    try:
        offset, limit = int(params.get("offset", 0)), int(params.get("limit", MOST_LISTED))
        state = STATE_NUMBERS.get(int(params["status"])) if params.get("status") else None
    except ValueError:
        raise Refused(-132) from None
    if not offset >= 0 or not 1 <= limit <= MOST_LISTED or (params.get("status") and state is None):
        raise Refused(-132)
    found = [t for t in request.oa.templates.values() if state in {None, t.state}]
    return [template.brief() for template in found[offset : offset + limit]]


def info(world: World, request: Request) -> JSON:
    return find(request, request.params.get("template_id")).plain()


def sample_data(world: World, request: Request) -> JSON:
    samples = {"STRING": "Nội dung mẫu", "NUMBER": "1000", "DATE": "01/01/2026"}
    template = find(request, request.params.get("template_id"))
    return {param.name: samples[param.type][: param.max_length] for param in template.params}


def change_state(world: World, oa_id: str, template: Template, state: State, reason: str = "") -> None:
    """The vendor's review or quality control changed the state; the webhook tells."""
    before, template.state, template.reason = template.state, state, reason
    oa = world.oas[oa_id]
    event = {
        "event_name": "change_template_status",
        "oa_id": oa_id,
        "template_id": template.template_id,
        "status": {"prev_status": before.value, "new_status": state.value},
        "reason": reason,
    }
    world.announce(oa, event, server="ZNS")
