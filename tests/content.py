"""What the product's own content files say, each read once: reading takes longer than most tests, and nobody changes it."""

from functools import cache
from pathlib import Path

from bot.answers.private_matters import PrivateMatters
from bot.answers.safety import SafetyDetector
from broadcasts.occasions import Occasion, read_occasions
from broadcasts.templates import Announcement, read_announcements, read_categories

CONTENT = Path(__file__).parent.parent / "config" / "content"
_CAMPAIGNS = CONTENT / "campaigns.vi.yaml"


@cache
def safety() -> SafetyDetector:
    return SafetyDetector.load(CONTENT / "safety.vi.yaml")


@cache
def private_matters() -> PrivateMatters:
    return PrivateMatters.load(CONTENT / "private.vi.yaml")


@cache
def categories() -> dict[str, str]:
    return read_categories(_CAMPAIGNS)


@cache
def announcements() -> tuple[Announcement, ...]:
    return read_announcements(_CAMPAIGNS)


@cache
def occasions() -> tuple[Occasion, ...]:
    return read_occasions(_CAMPAIGNS)
