"""The parts that chat handlers are given, made of the product's own content."""

from bot.answers.book import AnswerBook
from bot.languages import Languages
from bot.people.unit_book import UnitBook
from handlers.parts import Parts
from tests.content import CONTENT, categories, private_matters, safety

__all__ = ["CONTENT", "make_parts"]


def make_parts() -> Parts:
    """With an FAQ and units as the test's database holds them, the real safety phrases, and Vietnamese only."""
    return Parts(
        organisation="Hội Liên hiệp Phụ nữ thành phố Cần Thơ",
        contact_line="Hội Phụ nữ xã/phường nơi chị ở",
        answers=AnswerBook(),
        safety=safety(),
        private=private_matters(),
        units=UnitBook(CONTENT / "outside_units.csv"),
        languages=Languages({}),
        categories=categories(),
        chat_link=lambda code: {"web_chat": f"https://chat.example/?ma={code}"},
    )
