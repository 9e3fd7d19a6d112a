"""The command line of Chị Hội, and the only place that wires its parts together.

`python main.py run` starts the service; `python main.py --help` lists the rest. Every setting is an environment variable
`CHIHOI_...` or a line of `.env` (docs/operator.md).
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from socket import socket

import sqlalchemy as sa
import structlog

from bot.answers.bank import read_bank
from bot.answers.book import AnswerBook
from bot.answers.loading import load_bank
from bot.answers.safety import SafetyDetector
from bot.channels import registry
from bot.channels.contract import Channel
from bot.channels.roster import Roster
from bot.clock import utc_now
from bot.errors import ConfigurationError, ProductError
from bot.fetching import Fetcher
from bot.intake import Intake, keep
from bot.languages import Languages
from bot.logs import set_up_logs
from bot.outbox import Outbox
from bot.people import access, first_officer, staff, units
from bot.people.unit_book import UnitBook
from bot.people.unit_file import read_units
from bot.questions.arriving import Arrivals
from bot.questions.undelivered import Undelivered
from bot.questions.upkeep import Upkeep
from bot.retention import Retention
from bot.sender import Sender, SenderOptions
from bot.service import Part, running, until_told_to_stop
from bot.starting_content import CONTENT_FOLDER, load_starting_content
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.tables.people import Role
from bot.web.application import build_application
from bot.web.assets import Assets
from bot.web.site import Site, bind
from broadcasts.delivery import DeliveryLane
from broadcasts.schedule import Schedule, Tick, broadcast_tick
from broadcasts.templates import read_announcements
from config.settings import Settings, read_settings, secret_key, secrets_of
from handlers.conversation import apology, conversation
from handlers.members import welcome
from handlers.officers import frame
from handlers.officers.console import Console
from handlers.parts import Parts

log = structlog.get_logger()

ROLES = ("web", "sender", "scheduler")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0, or 1 after saying in plain words what a person has to mend."""
    options = _parser().parse_args(arguments)
    try:
        settings = read_settings()
        set_up_logs(level=settings.log_level, as_json=settings.log_json, secrets=secrets_of(settings))
        asyncio.run(options.command(settings, options))
    except ProductError as error:
        print(error, file=sys.stderr)
        return 1
    except sa.exc.OperationalError as error:
        print(f"The database does not answer: {error.orig}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="main.py", description="Chị Hội, the chat assistant of a Women's Union"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., Awaitable[None]], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(command=run)
        return added

    run = command("run", run_service, "start the service; brings the database up to date first")
    run.add_argument(
        "--roles", default=",".join(ROLES), help=f"which parts this process runs; default: {','.join(ROLES)}"
    )
    command("migrate", migrate_database, "bring the database's tables up to date")
    adding = command(
        "staff", add_officer, "add somebody who signs in to the console; prints her one-time link"
    )
    adding.add_argument("action", choices=["add"])
    adding.add_argument("name")
    adding.add_argument("--login", required=True)
    adding.add_argument("--unit", default="", help="code of her unit; default: the province")
    importing = command(
        "import", import_file, "load units (CSV) or FAQ entries (YAML) from a file: all of it or nothing"
    )
    importing.add_argument("kind", choices=["units", "faq"])
    importing.add_argument("file", type=Path)
    return parser


# The service.


async def run_service(settings: Settings, options: argparse.Namespace) -> None:
    """Start the parts of the roles asked for, say where the service is, and run until told to stop."""
    roles = set(options.roles.split(","))
    if unknown := roles - set(ROLES):
        raise ConfigurationError(
            f"--roles: there is no {', '.join(sorted(unknown))}; there are {', '.join(ROLES)}"
        )
    bound = bind(settings.host, settings.port) if "web" in roles else None
    if bound:  # With port 0 the system chose one: links name it.
        settings = settings.model_copy(update={"port": bound.getsockname()[1]})
    database = Database.open(settings.database_address)
    try:
        await migrate(database)
        async with database.writing() as connection:
            for sentence in await load_starting_content(connection, now=utc_now()):
                print(sentence)
            link = await first_officer.first_sign_in_link(connection, utc_now())
        service = await Service.wire(settings, database, bound)
        async with running(service.parts(roles)):
            if "web" in roles:
                _say_where(settings.web_address, link)
            log.info(
                "service_started",
                roles=sorted(roles),
                channels=sorted(channel.name for channel in service.roster.channels.values()),
            )
            await until_told_to_stop()
            log.info("service_stopping")
    finally:
        if bound:
            bound.close()
        await database.close()


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
        answers = AnswerBook()
        safety = SafetyDetector.load(CONTENT_FOLDER / "safety.vi.yaml")
        outbox = Outbox(limits, Undelivered(Outbox(limits), languages, utc_now))
        self._sender = Sender(
            database,
            [outbox, DeliveryLane()],
            clock=utc_now,
            options=SenderOptions(
                in_flight=settings.send_in_flight, lease=timedelta(seconds=settings.send_lease_s)
            ),
        )
        parts = Parts(
            organisation=settings.organisation,
            contact_line=settings.contact_line,
            answers=answers,
            safety=safety,
            units=UnitBook(CONTENT_FOLDER / "outside_units.csv"),
            languages=languages,
            chat_link=self.chat_link,
            human_quiet=timedelta(minutes=settings.human_quiet_minutes),
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
        self._schedule = Schedule(
            [
                Tick("broadcasts", 1, broadcast_tick(database, utc_now, self._sender.wake)),
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
            answers=answers,
            safety=safety,
            limits=limits,
            platforms={platform.name: platform for platform in roster.platforms},
            announcements=read_announcements(CONTENT_FOLDER / "campaigns.vi.yaml"),
        )
        application = build_application(
            [*frame.routes(), *roster.routes()],
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
            greeting=lambda language: welcome.greeting(languages.of(language), settings.organisation),
        )
        roster = Roster(database, registry.platforms(tools), clock=utc_now)
        await roster.fill()
        return cls(settings, database, roster, languages, bound)

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
        parts = [Part("channels", roster.open, roster.close)]
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


def _say_where(address: str, link: str | None) -> None:
    print(f"\nChị Hội is running.\n  Chat:    {address}/chat\n  Console: {address}/console")
    if link:
        print(f"  First sign-in (once, within 24 hours): {address}/console/sign-in/{link}")
    print("Stop with Ctrl+C.\n", flush=True)


# The other commands.


async def migrate_database(settings: Settings, _options: argparse.Namespace) -> None:
    database = Database.open(settings.database_address)
    try:
        await migrate(database)
    finally:
        await database.close()
    print("The database is up to date.")


async def add_officer(settings: Settings, options: argparse.Namespace) -> None:
    database = Database.open(settings.database_address)
    try:
        async with database.writing() as connection:
            code = options.unit
            unit_id = (
                await units.id_of_code(connection, code) if code else await units.province_id(connection)
            )
            if unit_id is None:
                raise ConfigurationError(
                    f"There is no unit {code or 'of the province'}. Load the units first."
                )
            staff_id = await staff.create(
                connection,
                options.name,
                role=Role.OFFICER,
                unit_id=unit_id,
                login=access.login_form(options.login),
                now=utc_now(),
            )
            token = await access.make_link(connection, staff_id, now=utc_now())
    finally:
        await database.close()
    print(f"{settings.web_address}/console/sign-in/{token}")


async def import_file(settings: Settings, options: argparse.Namespace) -> None:
    database = Database.open(settings.database_address)
    try:
        async with database.writing() as connection:
            if options.kind == "units":
                known = await units.codes(connection)
                count = await units.add_units(
                    connection, read_units(options.file, known_codes=known), now=utc_now()
                )
            else:
                count = await load_bank(connection, read_bank(options.file), now=utc_now())
    finally:
        await database.close()
    print(f"Loaded; {count} new.")


if __name__ == "__main__":
    sys.exit(main())
