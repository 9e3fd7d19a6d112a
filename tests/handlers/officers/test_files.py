"""What members sent, as officers open it: those whose business it is, and never what is private."""

import pytest
import sqlalchemy as sa

from bot import files
from bot.channels.contract import FileKind, RemoteFile
from bot.store.database import Database
from bot.store.tables import files as file_rows
from bot.store.tables import interactions, questions
from bot.store.tables.messages import Direction
from bot.store.tables.questions import QuestionState
from tests import people
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, Union

JPEG = b"\xff\xd8\xff\xe0 a made-up picture"


class Sent:
    """A picture that Hoa sent with her question, fetched."""

    def __init__(self, file_id: int, question_id: int) -> None:
        self.file_id = file_id
        self.question_id = question_id


async def send(
    database: Database,
    union: Union,
    clock: MovingClock,
    *,
    data: bytes | None = JPEG,
    private: bool = False,
    private_line: bool = False,
    name: str = "",
) -> Sent:
    settled = union.people
    hoa = await people.contact_of(database, settled.account_id, "hoa")
    now = clock()
    async with database.writing() as connection:
        asked = await connection.execute(
            sa.insert(questions)
            .values(
                contact_id=hoa.contact_id, unit_id=settled.branch_id, text="Giấy này khai sao", asked_at=now,
                state=QuestionState.WAITING, is_sensitive=private,
            )
            .returning(questions.c.id)
        )  # fmt: skip
        question_id = int(asked.scalar_one())
        said = await connection.execute(
            sa.insert(interactions)
            .values(
                at=now, account_id=settled.account_id, contact_id=hoa.contact_id, unit_id=settled.branch_id,
                direction=Direction.IN, kind="media", text="[photo]", text_folded="", is_sensitive=private_line,
            )
            .returning(interactions.c.id)
        )  # fmt: skip
        file_id = await files.want(
            connection,
            hoa,
            RemoteFile(FileKind.IMAGE, "key", name),
            now=now,
            interaction_id=int(said.scalar_one()),
            question_id=question_id,
        )
        if data is not None:
            values = {**files.described(data), "source": "", "next_at": None}
            await connection.execute(sa.update(file_rows).values(**values))
    return Sent(file_id, question_id)


async def test_an_officer_opens_a_picture_from_its_question_and_from_the_log(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    sent = await send(database, union, clock, name="giấy <b>.jpg")
    await browser.sign_in("an", PASSWORD)
    for page in (f"/console/questions/{sent.question_id}", "/console/log"):
        assert f'href="/console/files/{sent.file_id}"' in (await browser.open(page)).html
    assert "giấy &lt;b&gt;.jpg" in (await browser.open(f"/console/questions/{sent.question_id}")).html
    response = await browser.client.get(f"/console/files/{sent.file_id}")
    assert response.status == 200
    assert await response.read() == JPEG
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Content-Disposition"].startswith("inline;")
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


async def test_what_could_act_is_saved_and_not_shown(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    sent = await send(database, union, clock, data=b"<script>alert(1)</script>", name="a.html")
    await browser.sign_in("an", PASSWORD)
    response = await browser.client.get(f"/console/files/{sent.file_id}")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("who", "private", "private_line", "is_here"),
    [
        ("chi", False, False, True),  # Of another commune.
        ("an", True, False, True),
        ("an", False, True, True),
        ("an", False, False, False),
    ],
)
async def test_what_is_not_her_business_is_not_found(
    browser: Browser, union: Union, database: Database, clock: MovingClock,
    who: str, private: bool, private_line: bool, is_here: bool,
) -> None:  # fmt: skip
    sent = await send(
        database, union, clock, private=private, private_line=private_line, data=JPEG if is_here else None
    )
    await browser.sign_in(who, PASSWORD)
    assert (await browser.client.get(f"/console/files/{sent.file_id}")).status == 404
    page = await browser.open("/console/log")
    assert f"/console/files/{sent.file_id}" not in page.html


@pytest.mark.parametrize("file_id", ["999", "0", "x", "1" * 30])
async def test_what_is_not_there_is_not_found(browser: Browser, union: Union, file_id: str) -> None:
    assert union.people.an
    await browser.sign_in("an", PASSWORD)
    assert (await browser.client.get(f"/console/files/{file_id}")).status == 404


async def test_who_is_not_signed_in_is_asked_to(browser: Browser) -> None:
    response = await browser.client.get("/console/files/1", allow_redirects=False)
    assert response.status == 303


async def test_a_file_on_its_way_and_one_that_is_lost_are_named(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    sent = await send(database, union, clock, data=None)
    await browser.sign_in("an", PASSWORD)
    page = f"/console/questions/{sent.question_id}"
    assert "đang lấy về" in (await browser.open(page)).html
    async with database.writing() as connection:
        await connection.execute(sa.update(file_rows).values(next_at=None, error="gone"))
    assert "không lấy được" in (await browser.open(page)).html
