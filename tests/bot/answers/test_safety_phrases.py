"""Phrases that officers add to what the safety net listens for."""

import pytest

from bot.answers.safety import AlarmKind, SafetyDetector
from bot.answers.safety_phrases import Language, add, fault_of, own_phrases, remove
from bot.answers.safety_training import CONTENT
from bot.store.database import Database
from bot.store.tables import safety_phrases
from tests.conftest import MovingClock


@pytest.fixture
def detector() -> SafetyDetector:
    return SafetyDetector.load(CONTENT / "safety.vi.yaml")


async def _add(database: Database, clock: MovingClock, phrase: str, kind: AlarmKind, **more: bool) -> bool:
    language: Language = "km" if more.get("khmer") else "vi"
    async with database.writing() as connection:
        return await add(
            connection,
            language=language,
            kind=kind,
            phrase=phrase,
            is_exception=more.get("is_exception", False),
            by=None,
            now=clock(),
        )


async def _refresh(detector: SafetyDetector, database: Database) -> None:
    async with database.reading() as connection:
        await detector.refresh(connection)


async def test_a_phrase_is_heard_from_the_next_refresh_on_and_no_more_when_it_is_taken_out(
    database: Database, clock: MovingClock, detector: SafetyDetector
) -> None:
    said = "gio chuong den cua roi chi"
    assert detector.assess(said) is None
    assert await _add(database, clock, "Gió chướng _ cửa", AlarmKind.VIOLENCE)
    assert not await _add(database, clock, "gió chướng _ cửa", AlarmKind.THREAT)
    await _refresh(detector, database)
    explained = detector.explain(said)
    assert explained.alarm is not None
    assert (explained.alarm.kind, explained.alarm.urgent) == (AlarmKind.VIOLENCE, True)
    assert explained.phrases == ("gió chướng _ cửa",)
    async with database.writing() as connection:
        [own] = await own_phrases(connection)
        assert (own.phrase, own.kind, own.added_by) == ("gió chướng _ cửa", AlarmKind.VIOLENCE, "")
        assert await remove(connection, own.phrase_id)
        assert not await remove(connection, own.phrase_id)
    await _refresh(detector, database)
    assert detector.assess(said) is None


async def test_where_an_exception_stands_nothing_is_heard_but_around_it_it_is(
    database: Database, clock: MovingClock, detector: SafetyDetector
) -> None:
    assert detector.assess("chồng đánh em") is not None
    await _add(database, clock, "chồng đánh em", AlarmKind.VIOLENCE, is_exception=True)
    await _refresh(detector, database)
    explained = detector.explain("chong danh em")
    assert explained.alarm is None
    assert explained.exceptions == ("chồng đánh em",)
    assert detector.assess("chồng đánh em. em muốn tự tử") is not None


async def test_a_harmless_phrase_quiets_the_words_round_it_and_no_cry_beside_it(
    database: Database, clock: MovingClock, detector: SafetyDetector
) -> None:
    false_alarm = "gió chướng về là nhà em run"
    assert detector.assess(false_alarm) is not None
    await _add(database, clock, "gió chướng", AlarmKind.VIOLENCE, is_exception=True)
    await _refresh(detector, database)
    assert detector.assess(false_alarm) is None
    for cry in (
        f"{false_alarm}, ổng lại say rồi em không dám vô nhà",
        f"ổng lại say rồi em sợ quá. {false_alarm}",
        "gió chướng về chồng đánh em",
        "gió chướng về thì nước mặn tràn vô ruộng lúa nhà em mà ổng say nữa rồi em không dám về nhà",
    ):
        assert detector.assess(cry) is not None, cry


async def test_a_khmer_phrase_is_heard_whatever_blanks_are_typed(
    database: Database, clock: MovingClock, detector: SafetyDetector
) -> None:
    await _add(database, clock, "ខ្យល់មកដល់ទ្វារ", AlarmKind.THREAT, khmer=True)
    await _refresh(detector, database)
    alarm = detector.assess("ខ្យល់ មកដល់\u200bទ្វារ ហើយ")
    assert alarm is not None
    assert alarm.kind is AlarmKind.THREAT


@pytest.mark.parametrize("typed", ["ប្តីឲ្យលុយ", "ប្ដី អោយ\u200bលុយ"])
async def test_a_harmless_khmer_phrase_silences_no_vietnamese_cry_beside_it(
    database: Database, clock: MovingClock, detector: SafetyDetector, typed: str
) -> None:
    await _add(database, clock, "ប្តីឱ្យលុយ", AlarmKind.VIOLENCE, khmer=True, is_exception=True)
    await _refresh(detector, database)
    for said in (f"{typed} chong danh em, cuu em voi", f"em muốn tự tử. {typed}"):
        explained = detector.explain(said)
        assert explained.alarm is not None, said
        assert explained.alarm.urgent, said
        assert len(explained.exceptions) == 1


async def test_nothing_is_read_anew_while_nothing_has_changed(
    database: Database, clock: MovingClock, detector: SafetyDetector
) -> None:
    await _add(database, clock, "gió chướng về", AlarmKind.VIOLENCE)
    await _refresh(detector, database)
    async with database.writing() as connection:
        await connection.execute(
            safety_phrases.delete()
        )  # Behind the detector's back: no version is counted.
    await _refresh(detector, database)
    assert detector.assess("gió chướng về") is not None


FAULTS = [
    ("vi", "gió chướng về", False),
    ("vi", "gió|nước _ về", False),
    ("vi", "gió", True),
    ("vi", "_ gió _", True),
    ("vi", "", True),
    ("vi", "gió. về!", True),
    ("vi", "<nhom> về", True),
    ("vi", "gió " * 60, True),
    ("km", "ខ្យល់មកដល់", False),
    ("km", "ខ្យ", True),
    ("km", "gió về", True),
]


@pytest.mark.parametrize(("language", "phrase", "is_wrong"), FAULTS)
def test_a_phrase_that_cannot_be_heard_or_is_heard_everywhere_is_refused(
    language: Language, phrase: str, is_wrong: bool
) -> None:
    assert bool(fault_of(language, phrase, str)) is is_wrong
