"""What the OA emulator takes and refuses to send: bodies, windows, prices, reactions, broadcasts, visitors."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa import User, ZaloOAEmulator
from tests.emulators.zalo_oa_tests.client import MORNING, OAClient, attached, button, text_and

PICTURE_URL = "https://hoi.example.vn/a.jpg"


def media(**element: Any) -> JSON:
    return attached("template", template_type="media", elements=[element])


def listed(*elements: JSON, **more: Any) -> JSON:
    return attached("template", template_type="list", elements=list(elements), **more)


def element(**changes: Any) -> JSON:
    made = {"title": "Dịch vụ", "subtitle": "Chọn một mục", "image_url": PICTURE_URL} | changes
    return {name: value for name, value in made.items() if value is not None}


def asks(**changes: Any) -> JSON:
    return attached("template", template_type="request_user_info", elements=[element(**changes)])


@dataclass(frozen=True)
class Body:
    label: str
    message: Any
    code: int = 0
    text: str = ""
    buttons: list[str] = field(default_factory=list)


BODIES = [
    Body("text", {"text": "Chào chị"}, text="Chào chị"),
    Body("2000 characters", {"text": "ệ" * 2000}, text="ệ" * 2000),
    Body("2001 characters", {"text": "ệ" * 2001}, -210),
    Body("1001 emoji are 2002 units", {"text": "🌾" * 1001}, -210),
    Body("no text", {"text": " "}, -201),
    Body("a number as text", {"text": 5}, -201),
    Body("nothing", {}, -201),
    Body("no message object", [], -201),
    Body("a misspelt field", {"text": "a", "atachment": {}}, -201),
    Body("buttons", text_and(buttons=[button(), button("Hỏi", "oa.query.hide", "hoi")]), 0, "Chị chọn đi ạ", ["Đăng ký", "Hỏi"]),
    Body("buttons with the type said", text_and(template_type="button", buttons=[button()]), 0, "Chị chọn đi ạ", ["Đăng ký"]),
    Body("five buttons", text_and(buttons=[button()] * 5), 0, "Chị chọn đi ạ", ["Đăng ký"] * 5),
    Body("six buttons", text_and(buttons=[button()] * 6), -210),
    Body("no buttons in the list", text_and(buttons=[]), -201),
    Body("buttons without text", attached("template", buttons=[button()]), -201),
    Body("a title of 101", text_and(buttons=[button("a" * 101)]), -210),
    Body("a button without a title", text_and(buttons=[button("")]), -201),
    Body("a payload of 1001", text_and(buttons=[button(payload="a" * 1001)]), -210),
    Body("a payload that is an object", text_and(buttons=[button(payload={"a": 1})]), -201),
    Body("an unknown button", text_and(buttons=[button(kind="oa.query")]), -201),
    Body("a link", text_and(buttons=[button(kind="oa.open.url", payload={"url": PICTURE_URL})]), 0, "Chị chọn đi ạ", ["Đăng ký"]),
    Body("a link without address", text_and(buttons=[button(kind="oa.open.url", payload={})]), -201),
    Body("a phone", text_and(buttons=[button(kind="oa.open.phone", payload={"phone_code": "84900000000"})]), 0, "Chị chọn đi ạ", ["Đăng ký"]),
    Body("a phone in the home form", text_and(buttons=[button(kind="oa.open.phone", payload={"phone_code": "0900000000"})]), -201),
    Body("an SMS", text_and(buttons=[button(kind="oa.open.sms", payload={"phone_code": "84900000000", "content": "a" * 160})]), 0, "Chị chọn đi ạ", ["Đăng ký"]),
    Body("an SMS of 161", text_and(buttons=[button(kind="oa.open.sms", payload={"phone_code": "84900000000", "content": "a" * 161})]), -210),
    Body("a picture by address", {"text": "Ảnh"} | media(media_type="image", url=PICTURE_URL), text="Ảnh"),
    Body("a plain picture", attached("image", url=PICTURE_URL), -201),
    Body("address and attachment", media(media_type="image", url=PICTURE_URL, attachment_id="x"), -201),
    Body("neither", media(media_type="image"), -201),
    Body("an unknown attachment", media(media_type="image", attachment_id="x"), -201),
    Body("a GIF without its size", media(media_type="gif", url=PICTURE_URL), -201),
    Body("a GIF", media(media_type="gif", url=PICTURE_URL, width=100, height=80)),
    Body("a sticker", media(media_type="sticker", attachment_id="46991")),
    Body("a file by attachment_id", attached("file", attachment_id="x"), -201),
    Body("a list", listed(element(), element(subtitle=None, default_action={"type": "oa.query.show", "payload": "#gia"})), 0, "Dịch vụ", ["Dịch vụ"]),
    Body("a list whose action has a flat address", listed(element(default_action={"type": "oa.open.url", "url": PICTURE_URL})), 0, "Dịch vụ"),
    Body("a list whose first has no subtitle", listed(element(subtitle=None)), -201),
    Body("six elements", listed(*[element()] * 6), -210),
    Body("a subtitle of 501", listed(element(subtitle="a" * 501)), -210),
    Body("asking for her data", asks(), text="Dịch vụ"),
    Body("asking without a picture", asks(image_url=None), -201),
    Body("quoting what is not there", {"text": "a", "quote_message_id": "0" * 16}, -201),
    Body("an unknown template type", attached("template", template_type="carousel"), -233),
]  # fmt: skip


@pytest.mark.parametrize("case", BODIES, ids=lambda case: case.label)
async def test_a_body_is_taken_or_refused_as_the_vendor_does(client: OAClient, hoa: User, case: Body) -> None:
    answer = await client.says(hoa, case.message)
    assert answer["error"] == case.code, answer
    assert [(r.text, [b.title for b in r.buttons]) for r in hoa.received] == (
        [(case.text, case.buttons)] if case.code == 0 else []
    )


async def test_an_answer_names_message_user_time_and_quota_as_texts(client: OAClient, hoa: User) -> None:
    answer = await client.says(hoa, "Chào chị")
    assert answer == {
        "data": {
            "message_id": hoa.received[0].message_id,
            "user_id": hoa.user_id,
            "sent_time": str(int(MORNING.timestamp() * 1000)),
            "quota": {"quota_type": "reply"},
        },
        "error": 0,
        "message": "Success",
    }


@pytest.mark.parametrize(
    "recipient",
    [
        {},
        {"user_id": "9999999999999999999"},
        {"user_id": 9000000000000000001},
        {"user_id": "9000000000000000001", "message_id": "x"},
        {"message_id": "x"},
        {"phone": "84912000111"},
    ],
)
async def test_a_wrong_recipient_is_refused(client: OAClient, hoa: User, recipient: JSON) -> None:
    body = {"recipient": recipient, "message": {"text": "a"}}
    assert (await client.post("v3.0/oa/message/cs", body))["error"] == -201


async def test_ids_of_another_oa_are_refused(zalo: ZaloOAEmulator, client: OAClient, hoa: User) -> None:
    other = zalo.new_oa()
    same = zalo.user(oa=other, person=hoa.person, interacted=timedelta())
    assert same.user_id != hoa.user_id
    assert (await client.says(same, "a"))["error"] == -201


async def test_uploads_are_sent_for_seven_days(zalo: ZaloOAEmulator, client: OAClient, hoa: User) -> None:
    image = (await client.upload("image", "a.jpg", b"jpg"))["data"]["attachment_id"]
    token = (await client.upload("file", "don.pdf", b"pdf"))["data"]["token"]
    picture = media(media_type="image", attachment_id=image)
    gif = media(media_type="gif", attachment_id=image, width=1, height=1)
    file = attached("file", token=token)
    assert [(await client.says(hoa, m))["error"] for m in (picture, gif, file)] == [0, -201, 0]
    async with client.session.get(zalo.world.media_url(hoa.received[0].media)) as answer:
        assert await answer.read() == b"jpg"
    zalo.clock.move(timedelta(days=7, seconds=1))
    client.token = zalo.connect().access_token
    await hoa.says("còn đây")
    assert [(await client.says(hoa, m))["error"] for m in (picture, file)] == [-100, -100]


@pytest.mark.parametrize(
    ("kind", "name", "size", "code"),
    [
        ("image", "a.png", 1024 * 1024, 0),
        ("image", "a.png", 1024 * 1024 + 1, -210),
        ("image", "a.gif", 10, -201),
        ("image", "a", 10, -201),
        ("gif", "a.gif", 10, 0),
        ("file", "a.csv", 10, 0),
        ("file", "a.xlsx", 10, -201),
        ("file", "a.pdf", 0, -201),
    ],
)
async def test_an_upload_is_taken_by_its_ending_and_size(
    client: OAClient, kind: str, name: str, size: int, code: int
) -> None:
    assert (await client.upload(kind, name, b"x" * size))["error"] == code


async def test_a_reply_to_one_message_serves_eight_times_within_48_hours(
    zalo: ZaloOAEmulator, client: OAClient, hoa: User
) -> None:
    msg_id = await hoa.says("hỏi")

    async def code() -> int:
        body = {"recipient": {"message_id": msg_id}, "message": {"text": "đáp", "quote_message_id": msg_id}}
        return int((await client.post("v3.0/oa/message/cs", body))["error"])

    assert [await code() for _ in range(9)] == [0] * 8 + [-211]
    assert hoa.received[0].quotes == msg_id
    zalo.clock.move(timedelta(hours=48, seconds=1))
    client.token = zalo.connect().access_token
    assert await code() == -232
