"""The command line of Chị Hội.

`python main.py run` starts the service; `python main.py --help` lists the rest. Every setting is an environment variable
`CHIHOI_...` or a line of `.env` (docs/operator.md).
"""

import argparse
import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
import structlog

from bot.answers import calibrations, refitting
from bot.answers.bank import read_bank
from bot.answers.book import AnswerBook
from bot.answers.loading import load_bank
from bot.clock import in_vietnam, utc_now
from bot.errors import ConfigurationError, ProductError
from bot.logs import set_up_logs
from bot.people import access, acts, first_officer, staff, units
from bot.people.unit_file import read_units
from bot.service import running, until_told_to_stop
from bot.starting_content import load_starting_content
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.tables.people import Role
from bot.web.site import bind
from config.settings import Settings, read_settings, secrets_of
from wiring import Service

log = structlog.get_logger()

ROLES = ("web", "sender", "scheduler")
_PATIENCE = timedelta(minutes=1)  # With a database that is starting as well.


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
    answers = command(
        "answers",
        fit_answers,
        "fit how sure the assistant is to what was asked here, and say what that changes; or take the newest fit back",
    )
    answers.add_argument("action", choices=["refit", "back"])
    answers.add_argument("--apply", action="store_true", help="go by the new fit, where it is better")
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
        await database.wait(_PATIENCE)
        await migrate(database)
        async with database.writing() as connection:
            for sentence in await load_starting_content(connection, now=utc_now()):
                print(sentence)
            link = await first_officer.first_sign_in_link(connection, utc_now())
        service = await Service.wire(settings, database, bound)
        async with running(service.parts(roles)):
            # What has come to stay is never looked through for garbage again: that would hold everything up for 0.1 s at a time.
            gc.collect()
            gc.freeze()
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


async def fit_answers(settings: Settings, options: argparse.Namespace) -> None:
    database = Database.open(settings.database_address)
    try:
        if options.action == "refit":
            await _refit(database, apply=options.apply)
            return
        async with database.writing() as connection:
            taken_back = await calibrations.back(connection)
            if taken_back is not None:
                await acts.record(
                    connection,
                    None,
                    "confidence_taken_back",
                    now=utc_now(),
                    subject=f"calibration {taken_back}",
                )
    finally:
        await database.close()
    print(
        "There is no fit in force: the shipped constants count."
        if taken_back is None
        else "Taken back: the constants from before that fit count again."
    )


async def _refit(database: Database, *, apply: bool) -> None:
    now = utc_now()
    async with database.reading() as connection:
        book = await AnswerBook().current(connection)
        in_force = await calibrations.in_force(connection)
        known = await refitting.known(connection)
    samples = await asyncio.to_thread(refitting.samples_of, book, known)
    fitted = refitting.refit(samples, in_force, on=in_vietnam(now).date())
    print("\n".join(f"{figure}: {value}" for figure, value in fitted.report.items()))
    if not apply:
        print("Nothing is changed. To go by this fit: python main.py answers refit --apply")
        return
    if not fitted.is_better:
        raise ConfigurationError("The new fit is not better than the one in force: nothing is changed.")
    async with database.writing() as connection:
        calibration_id = await calibrations.put_in_force(
            connection, fitted.calibration, fitted.report, staff_id=None, now=now
        )
        await acts.record(
            connection,
            None,
            "confidence_refitted",
            now=now,
            subject=f"calibration {calibration_id}",
            **fitted.report,
        )
    print("In force. To take it back: python main.py answers back")


if __name__ == "__main__":
    sys.exit(main())
