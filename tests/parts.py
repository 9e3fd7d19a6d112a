"""The parts that chat handlers are given, made of the product's own content."""

from functools import cache
from pathlib import Path

from bot.answers.book import AnswerBook
from bot.answers.safety import SafetyDetector
from bot.languages import Languages
from bot.people.unit_book import UnitBook
from broadcasts.templates import read_categories
from handlers.parts import Parts

CONTENT = Path(__file__).parent.parent / "config" / "content"


def make_parts() -> Parts:
    """With an FAQ and units as the test's database holds them, the real safety phrases, and Vietnamese only."""
    return Parts(
        organisation="Hội Liên hiệp Phụ nữ thành phố Cần Thơ",
        contact_line="Hội Phụ nữ xã/phường nơi chị ở",
        answers=AnswerBook(),
        safety=_safety(),
        units=UnitBook(CONTENT / "outside_units.csv"),
        languages=Languages({}),
        categories=read_categories(CONTENT / "campaigns.vi.yaml"),
        chat_link=lambda code: {"web_chat": f"https://chat.example/?ma={code}"},
    )


@cache
def _safety() -> SafetyDetector:
    return SafetyDetector.load(CONTENT / "safety.vi.yaml")
