"""What the console's pages are given: the parts of the service that they call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from bot.answers.book import AnswerBook
from bot.answers.learning.kept_groups import KeptGroups
from bot.answers.safety import SafetyDetector
from bot.channels.contract import Limits, Platform
from bot.clock import Clock
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people.attempts import Attempts
from bot.people.passwords import Passwords
from bot.store.database import Database
from bot.web.assets import Assets
from broadcasts.foretelling import Foretelling
from broadcasts.occasions import Occasion
from broadcasts.policy import Policy
from broadcasts.templates import Announcement
from handlers.parts import Parts


@dataclass(frozen=True, slots=True)
class Console:
    database: Database
    clock: Clock
    languages: Languages
    outbox: Outbox
    assets: Assets
    organisation: str
    web_address: str  # How people reach us, for links that officers hand on.
    chat_link: Callable[[str], dict[str, str]]
    """For a code: the address, by channel, that opens a chat with us and says it."""
    counts_clicks: bool = True  # Whether links can lead here first: that needs a public address.
    answers: AnswerBook = field(default_factory=AnswerBook)
    asked_alike: KeptGroups = field(default_factory=KeptGroups)  # What the answers have nothing for.
    chat: Parts | None = None  # What members are answered with, for trying what they would read.
    safety: SafetyDetector | None = None  # For trying a phrase as a member's words would be heard.
    limits: Mapping[int, Limits] = field(default_factory=dict)  # By account, of the channels that run.
    platforms: Mapping[str, Platform] = field(default_factory=dict)  # By channel.
    announcements: Sequence[Announcement] = ()  # What officers may start an announcement from.
    occasions: Sequence[Occasion] = ()  # What the year holds.
    categories: Mapping[str, str] = field(default_factory=dict)  # What announcements are about: names by key.
    policy: Policy = field(default_factory=Policy)
    foretelling: Foretelling = field(default_factory=Foretelling)  # Who of a sending's people has to wait.
    passwords: Passwords = field(default_factory=Passwords)
    attempts: Attempts = field(default_factory=Attempts)

    @property
    def is_https(self) -> bool:
        return self.web_address.startswith("https:")


CONSOLE = web.AppKey("console", Console)
