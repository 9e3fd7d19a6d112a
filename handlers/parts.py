"""What handlers are given besides the turn: the parts of the service that answer questions for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.answers.book import AnswerBook
from bot.answers.private_matters import PrivateMatters
from bot.answers.safety import SafetyDetector
from bot.languages import Languages
from bot.people.unit_book import UnitBook


@dataclass(frozen=True, slots=True)
class Parts:
    organisation: str  # Whose assistant it is, as members are told.
    contact_line: str  # Whom to turn to about one's data.
    answers: AnswerBook
    safety: SafetyDetector
    private: PrivateMatters
    units: UnitBook
    languages: Languages
    chat_link: Callable[[str], dict[str, str]]
    """For a code: the address, by channel, that opens a chat with us and says it."""
    human_quiet: timedelta = timedelta(hours=2)
    """So long the assistant keeps quiet after a person of the Union has written to somebody in the platform's own tool."""
    categories: Mapping[str, str] = field(default_factory=dict)
    """What announcements are about: names by key."""
