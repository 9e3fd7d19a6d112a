"""ZBS templates on the OA emulator: by user id, by phone, by hash; states, parameters, quotas, night."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from tests.emulators.clock import EmulatorClock
from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa import Param, State, Template, User, ZaloOAEmulator
from tests.emulators.zalo_oa_tests.client import MORNING, OAClient

DATA = {"ten": "Hoa", "noi_dung": "lớp học may khai giảng"}
NIGHT = timedelta(hours=13)


@pytest.fixture
async def zalo() -> AsyncIterator[ZaloOAEmulator]:
    async with ZaloOAEmulator(clock=EmulatorClock.standing(MORNING)) as emulator:
        emulator.oa.zca_balance_vnd = 1000
        yield emulator


@pytest.fixture
def hoa(zalo: ZaloOAEmulator) -> User:
    return zalo.user(phone="84912000333", interacted=timedelta(days=30))


@dataclass(frozen=True)
class Case:
    label: str
    code: int
    change: Callable[[ZaloOAEmulator, User, Template], Any] = lambda zalo, user, template: None
    body: JSON = field(default_factory=dict)


def at_night(zalo: ZaloOAEmulator, user: User, template: Template) -> None:
    zalo.clock.move(NIGHT)


def with_(**fields: Any) -> Callable[[ZaloOAEmulator, User, Template], None]:
    def change(zalo: ZaloOAEmulator, user: User, template: Template) -> None:
        for name, value in fields.items():
            where: Any = template if hasattr(template, name) else zalo.oa
            assert hasattr(where, name)
            setattr(where, name, value)

    return change


def refusing(zalo: ZaloOAEmulator, user: User, template: Template) -> None:
    user.person.zbs_refusal = -139


def following(zalo: ZaloOAEmulator, user: User, template: Template) -> None:
    user.is_follower = True


def both(
    *changes: Callable[[ZaloOAEmulator, User, Template], None],
) -> Callable[[ZaloOAEmulator, User, Template], None]:
    def change(zalo: ZaloOAEmulator, user: User, template: Template) -> None:
        for one in changes:
            one(zalo, user, template)

    return change


BY_PHONE = [
    Case("a plain send", 0),
    Case("a phone in the home form", -108, body={"phone": "0912000333"}),
    Case("a phone nobody has", -118, body={"phone": "84999999999"}),
    Case("an unknown template", -109, body={"template_id": "1"}),
    Case("no data", -111, body={"template_data": {}}),
    Case("a missing parameter", -1122, body={"template_data": {"ten": "Hoa"}}),
    Case("an unknown parameter", -112, body={"template_data": DATA | {"x": "y"}}),
    Case("a wrong type", -1121, body={"template_data": DATA | {"ten": 5}}),
    Case("too long", -1123, body={"template_data": DATA | {"ten": "a" * 31}}),
    Case("a tracking id of 48", 0, body={"tracking_id": "a" * 48}),
    Case("a tracking id of 49", -132, body={"tracking_id": "a" * 49}),
    Case("an unknown mode", -132, body={"mode": "test"}),
    Case("an unknown sending mode", -162, body={"sending_mode": "2"}),
    Case("an unknown field", -132, body={"phones": []}),
    Case("under review", -131, with_(state=State.PENDING_REVIEW)),
    Case("rejected", -131, with_(state=State.REJECT)),
    Case("switched off", -146, with_(state=State.DISABLE)),
    Case("she refuses this kind", -139, refusing),
    Case("at night", -133, at_night),
    Case("an OTP at night", 0, both(at_night, with_(tag="OTP"))),
    Case("the day's quota used", -144, with_(zbs_daily_quota=0)),
    Case("beyond the quota on demand", 0, with_(zbs_daily_quota=0), {"sending_mode": "3"}),
    Case("the template's quota used", -147, with_(daily_quota=0)),
    Case("no Zalo Cloud Account", -136, with_(zca_balance_vnd=None)),
    Case("no money", -115, with_(zca_balance_vnd=199)),
    Case("a test to somebody else", -127, body={"mode": "development"}),
    Case("a test to an admin", 0, with_(admin_phones={"84912000333"}, zca_balance_vnd=0), {"mode": "development"}),
    Case("a test of one under review", 0, with_(admin_phones={"84912000333"}, state=State.PENDING_REVIEW), {"mode": "development"}),
]  # fmt: skip


@pytest.mark.parametrize("case", BY_PHONE, ids=lambda case: case.label)
async def test_a_template_by_phone_is_taken_or_refused(
    zalo: ZaloOAEmulator, client: OAClient, hoa: User, case: Case
) -> None:
    template = zalo.template()
    case.change(zalo, hoa, template)
    body = {"phone": hoa.person.phone, "template_id": template.template_id, "template_data": DATA}
    answer = await client.business("message/template", body | case.body)
    assert answer["error"] == case.code, answer
    texts = [r.text for r in hoa.person.templates.received]
    assert texts == (["Chào chị Hoa, lớp học may khai giảng"] if case.code == 0 else [])


async def test_the_answer_tells_the_days_quota(zalo: ZaloOAEmulator, client: OAClient, hoa: User) -> None:
    body = {"phone": hoa.person.phone, "template_id": zalo.template().template_id, "template_data": DATA}
    answer = await client.business("message/template", body)
    assert answer["data"] == {
        "msg_id": hoa.received[0].message_id,
        "sent_time": str(int(MORNING.timestamp() * 1000)),
        "sending_mode": "1",
        "quota": {"dailyQuota": "500", "remainingQuota": "499"},
    }
    assert (zalo.oa.charged_vnd, zalo.oa.zca_balance_vnd) == (200, 800)
    told = await client.business("message/quota")
    assert told["data"] == {"dailyQuota": "500", "remainingQuota": "499"}
    status = await client.business("message/status", message_id=answer["data"]["msg_id"])
    assert status["data"]["status"] == 1
    zalo.clock.move(timedelta(days=1))
    assert (await client.business("message/quota"))["data"]["remainingQuota"] == "500"


async def test_a_hash_of_the_phone_reaches_her_too(zalo: ZaloOAEmulator, client: OAClient, hoa: User) -> None:
    digest = hashlib.sha256(hoa.person.phone.encode()).hexdigest()
    body = {"template_id": zalo.template().template_id, "template_data": DATA}
    hashed = await client.business("message/template/hashphone", body | {"hash_phone": digest})
    assert hashed["error"] == 0
    plain = await client.business("message/template/hashphone", body | {"hash_phone": hoa.person.phone})
    assert plain["error"] == -108


BY_UID = [
    Case("a plain send", 0),
    Case("a tracking id", -201, body={"tracking_id": "x"}),
    Case("an unknown template", -201, body={"template_id": "1"}),
    Case("a missing parameter", -201, body={"template_data": {"ten": "Hoa"}}),
    Case("an old template", -249, with_(made_on=date(2025, 12, 9))),
    Case("an OTP", -249, with_(tag="OTP")),
    Case("switched off", -249, with_(state=State.DISABLE)),
    Case("no interaction within a year", -232, lambda zalo, user, template: zalo.clock.move(timedelta(days=336))),
    Case("promotion to no follower", -213, with_(tag="PROMOTION")),
    Case("promotion at night", -234, both(at_night, following, with_(tag="PROMOTION"))),
    Case("transaction at night", 0, at_night),
    Case("no money", -321, with_(zca_balance_vnd=1)),
    Case("no Zalo Cloud Account", -320, with_(zca_balance_vnd=None)),
]  # fmt: skip


@pytest.mark.parametrize("case", BY_UID, ids=lambda case: case.label)
async def test_a_template_by_user_id_is_taken_or_refused(
    zalo: ZaloOAEmulator, client: OAClient, hoa: User, case: Case
) -> None:
    template = zalo.template()
    case.change(zalo, hoa, template)
    client.token = zalo.connect().access_token
    body = {"user_id": hoa.user_id, "template_id": template.template_id, "template_data": DATA}
    answer = await client.post("v3.0/oa/message/template", body | case.body)
    assert answer["error"] == case.code, answer
    assert len(hoa.received) == (case.code == 0)


async def test_dates_and_numbers_are_checked(zalo: ZaloOAEmulator, client: OAClient, hoa: User) -> None:
    template = zalo.template("<ngay> <so>", Param("ngay", "DATE"), Param("so", "NUMBER"))

    async def code(day: str, number: object) -> int:
        body = {
            "phone": hoa.person.phone,
            "template_id": template.template_id,
            "template_data": {"ngay": day, "so": number},
        }
        return int((await client.business("message/template", body))["error"])

    assert await code("20/10/2026", "12") == 0
    assert await code("08:00:00 20/10/2026", 12) == 0
    assert await code("2026-10-20", "12") == -1124
    assert await code("20/10/2026", "mười hai") == -1121


async def test_templates_are_listed_and_described(zalo: ZaloOAEmulator, client: OAClient) -> None:
    templates = [zalo.template() for _ in range(3)]
    templates[1].state = State.PENDING_REVIEW
    listed = await client.business("template/all", offset="0", limit="2")
    assert [t["templateId"] for t in listed["data"]] == [int(t.template_id) for t in templates[:2]]
    assert listed["metadata"] == {"total": 3}
    waiting = await client.business("template/all", offset="0", limit="100", status="2")
    assert [t["status"] for t in waiting["data"]] == ["PENDING_REVIEW"]
    assert (await client.business("template/all", offset="0", limit="101"))["error"] == -132
    info = await client.business("template/info/v2", template_id=templates[0].template_id)
    assert [p["name"] for p in info["data"]["listParams"]] == ["ten", "noi_dung"]
    sample = await client.business("template/sample-data", template_id=templates[0].template_id)
    assert set(sample["data"]) == {"ten", "noi_dung"}


async def test_the_business_host_has_its_own_errors(zalo: ZaloOAEmulator, client: OAClient) -> None:
    url = f"{zalo.business_base_url}/message/template"
    assert (await client.call("POST", url))["error"] == -121
    assert (await client.call("POST", url, data=b"{}"))["error"] == -122
    client.token = "wrong"
    assert (await client.business("message/quota"))["error"] == -124
