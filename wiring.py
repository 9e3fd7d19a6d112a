"""Wires the parts of the service together: the only place that knows them all."""

import asyncio
from datetime import time, timedelta
from functools import partial
from socket import socket

import sqlalchemy as sa

from bot.alerts.undelivered import UndeliveredAlerts
from bot.alerts.upkeep import AlertUpkeep
from bot.answers.book import AnswerBook
from bot.answers.private_matters import PrivateMatters
from bot.answers.safety import SafetyDetector
from bot.channels import registry
from bot.channels.contract import Channel
from bot.channels.roster import Roster
from bot.clock import utc_now
from bot.fetching import Fetcher
from bot.intake import Intake, keep
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people.unit_book import UnitBook
from bot.questions.arriving import Arrivals
from bot.questions.undelivered import Undelivered
from bot.questions.upkeep import Upkeep
from bot.retention import Retention
from bot.sending.sender import Sender, SenderOptions
from bot.service import Part
from bot.starting_content import CONTENT_FOLDER
from bot.store.database import Database
from bot.web.application import build_application
from bot.web.assets import Assets
from bot.web.site import Site
from broadcasts import links
from broadcasts.delivery import DeliveryLane
from broadcasts.growth import Growth
from broadcasts.occasions import read_occasions
from broadcasts.policy import Policy
from broadcasts.revision_lane import RevisionLane
from broadcasts.schedule import Schedule, Tick
from broadcasts.stop_letters import StopLetters
from broadcasts.templates import read_announcements, read_categories
from broadcasts.ticks import broadcast_ticks
from config.settings import Settings, secret_key
from handlers.conversation import apology, conversation
from handlers.members import welcome
from handlers.members.followed_links import FollowedLinks
from handlers.officers import frame
from handlers.officers.console import Console
from handlers.parts import Parts


class Service:
    """Every part of the service, wired together and not yet started."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        roster: Roster,
        languages: Languages,
        bound: socket | None,
    ) -> None:
        self.roster = roster
        limits = roster.limits
        policy = _policy(settings)
        answers = AnswerBook()
        safety = SafetyDetector.load(CONTENT_FOLDER / "safety.vi.yaml")
        letters = Outbox(limits)  # For letters that follow a failed one.
        undelivered = Undelivered(letters, languages, utc_now)
        outbox = Outbox(limits, UndeliveredAlerts(letters, languages, utc_now, otherwise=undelivered))
        key = secret_key(settings).encode()
        link_of = links.addresses(settings.public_url, key)
        self._sender = Sender(
            database,
            # What is to be put right comes before what is still to be sent.
            [outbox, RevisionLane(limits, link_of=link_of), DeliveryLane(policy, link_of=link_of)],
            clock=utc_now,
            options=SenderOptions(
                in_flight=settings.send_in_flight, lease=timedelta(seconds=settings.send_lease_s)
            ),
        )
        categories = read_categories(CONTENT_FOLDER / "campaigns.vi.yaml")
        parts = Parts(
            organisation=settings.organisation,
            contact_line=settings.contact_line,
            answers=answers,
            safety=safety,
            private=PrivateMatters.load(CONTENT_FOLDER / "private.vi.yaml"),
            units=UnitBook(CONTENT_FOLDER / "outside_units.csv"),
            languages=languages,
            chat_link=self.chat_link,
            human_quiet=timedelta(minutes=settings.human_quiet_minutes),
            categories=categories,
        )
        self._read_books = partial(_read_books, database, parts)
        self._intake = Intake(
            database,
            outbox,
            languages,
            handler=conversation(parts),
            apology=apology(parts),
            clock=utc_now,
            on_handled=self._wake,
        )
        self._fetcher = Fetcher(
            database,
            clock=utc_now,
            most_bytes=settings.media_max_mb * 1024 * 1024,
            concern=Arrivals(outbox, languages, utc_now),
            on_done=self._sender.wake,
        )
        keep_messages = timedelta(days=settings.keep_messages_days)
        upkeep = Upkeep(database, outbox, languages, utc_now, self._sender.wake)
        # In every process: an alert must not wait for one that is not there.
        alerts = AlertUpkeep(database, outbox, languages, utc_now, self._sender.wake)
        self._watch = Schedule([Tick("alerts", 10, alerts.look)])
        self._stop_letters = StopLetters(database, outbox, languages, utc_now)
        self._schedule = Schedule(
            [
                *broadcast_ticks(database, utc_now, self._sender.wake, policy=policy),
                Tick(
                    "grown_audiences",
                    5,
                    Growth(database, outbox, languages, utc_now, self._sender.wake, policy, limits).look,
                ),
                Tick("stopped_runs", 5, self._tell_of_stops),
                Tick("reminders", 30, upkeep.remind),
                Tick("overdue_questions", 60, upkeep.escalate),
                Tick("lost_desks", 60, upkeep.reroute),
                Tick("handed_back", 60, upkeep.hand_back),
                Tick("hidden_messages", 3600, upkeep.forget),
                Tick("old_messages", 3600, Retention(database, utc_now, keep_messages=keep_messages).forget),
            ]
        )
        console = Console(
            database=database,
            clock=utc_now,
            languages=languages,
            outbox=outbox,
            assets=Assets.load(),
            organisation=settings.organisation,
            web_address=settings.web_address,
            chat_link=self.chat_link,
            counts_clicks=bool(settings.public_url),
            answers=answers,
            chat=parts,
            safety=safety,
            limits=limits,
            platforms={platform.name: platform for platform in roster.platforms},
            announcements=read_announcements(CONTENT_FOLDER / "campaigns.vi.yaml"),
            occasions=read_occasions(CONTENT_FOLDER / "campaigns.vi.yaml"),
            categories=categories,
            policy=policy,
        )
        followed = FollowedLinks(database, key=key, clock=utc_now)
        application = build_application(
            [*frame.routes(), *roster.routes(), *followed.routes()],
            assets=console.assets,
            languages=languages,
            ready=partial(_not_ready, database),
            public_url=settings.public_url,
            trusted_proxies=settings.trusted_proxies.split(),
            setups=[partial(frame.setup, console=console)],
        )
        self._site = Site(application, bound) if bound else None

    @classmethod
    async def wire(cls, settings: Settings, database: Database, bound: socket | None) -> "Service":
        languages = Languages.load()
        tools = registry.Tools(
            settings=settings,
            database=database,
            assets=Assets.load(),
            languages=languages,
            clock=utc_now,
            secret_key=secret_key(settings),
            greeting=lambda language: welcome.greeting(
                languages.of(language), settings.organisation, language=language
            ),
        )
        roster = Roster(database, registry.platforms(tools), clock=utc_now)
        await roster.fill()
        return cls(settings, database, roster, languages, bound)

    async def _tell_of_stops(self) -> None:
        if await self._stop_letters.look():
            self._sender.wake()

    def _wake(self) -> None:
        """A turn is over: there may be something to send, and something to fetch."""
        self._sender.wake()
        self._fetcher.wake()

    def chat_link(self, code: str) -> dict[str, str]:
        """For a code: the address, by channel, that opens a chat with us and says it."""
        channels = self.roster.channels.values()
        return {channel.name: link for channel in channels if (link := channel.link(code))}

    def parts(self, roles: set[str]) -> list[Part]:
        """What the roles need, in the order of starting. Stopping goes the other way: first nothing more comes in, then
        what has come in is answered, then the answers go out.
        """
        roster, sends = self.roster, "sender" in roles
        parts = [
            Part("channels", roster.open, roster.close),
            Part("alerts", self._watch.start, self._watch.stop),
        ]
        if sends:
            parts.append(
                Part("sender", lambda: self._sender.start(roster.channels.values()), self._sender.stop)
            )
        if "scheduler" in roles:
            parts.append(Part("schedule", self._schedule.start, self._schedule.stop))
            parts.append(Part("platforms_work", partial(roster.start_work, keep), roster.stop_work))
        if "web" in roles:
            parts += [
                Part("fetcher", partial(self._fetcher.start, roster.channels), self._fetcher.stop),
                Part("books", self._read_books, _nothing_to_end),
                Part("intake", partial(self._intake.start, roster.channels), self._intake.stop),
                Part(
                    "receiving",
                    partial(roster.start_receiving, self._intake.receive),
                    roster.stop_receiving,
                ),
            ]
        if self._site:
            parts.append(Part("site", self._site.start, self._site.stop))
        greet = self._sender.serve if sends else _nothing_to_do
        parts.append(Part("new_accounts", partial(roster.start_watch, greet), roster.stop_watch))
        return parts


def _policy(settings: Settings) -> Policy:
    return Policy(
        day_begins=time.fromisoformat(settings.send_from),
        day_ends=time.fromisoformat(settings.send_until),
        most_per_day=settings.most_per_day,
        most_per_week=settings.most_per_week,
        approval_above=settings.approval_above,
        approval_beyond_commune=settings.approval_beyond_commune,
    )


async def _nothing_to_do(_channel: Channel) -> None:
    """The channel receives by itself."""


async def _read_books(database: Database, parts: Parts) -> None:
    """Before the first turn asks for them: it would hold its transaction until they are built, and SQLite, which has one
    writer, would take nothing in meanwhile.
    """
    async with database.reading() as connection:
        await parts.answers.current(connection)
        await parts.units.current(connection)


async def _nothing_to_end() -> None:
    """What was only read needs no end."""


async def _not_ready(database: Database) -> list[str]:
    """What keeps the service from working, for /readyz."""
    try:
        async with asyncio.timeout(5), database.reading() as connection:
            await connection.execute(sa.select(1))
    except (TimeoutError, sa.exc.SQLAlchemyError, OSError):
        return ["database"]
    return []
