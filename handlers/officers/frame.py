"""The console put together: `setup` once per application, `routes` for its addresses."""

from collections.abc import Sequence

import aiohttp_session
from aiohttp import web

from handlers.officers import (
    account,
    accounts,
    alert_acts,
    alerts,
    approvals,
    audience_people,
    broadcast_form,
    broadcast_review,
    broadcast_versions,
    broadcasts,
    calendar,
    confirming,
    connecting,
    entries,
    entry_effect,
    entry_form,
    files,
    learning,
    learning_entry,
    lists,
    local_fields,
    log,
    members,
    named_days,
    new_staff,
    on_call,
    questions,
    rehearsing,
    run_acts,
    run_page,
    run_results,
    run_revision,
    safety_phrases,
    segments,
    sign_in,
    staff,
    templates,
    today,
    unreached,
)
from handlers.officers.console import CONSOLE, Console
from handlers.officers.session_storage import TableStorage, quiet_known_warning

_PAGES = (
    sign_in,
    account,
    today,
    alerts,
    alert_acts,
    questions,
    broadcasts,
    calendar,
    named_days,
    broadcast_form,
    broadcast_versions,
    rehearsing,
    audience_people,
    segments,
    lists,
    broadcast_review,
    unreached,
    approvals,
    run_page,
    run_acts,
    run_revision,
    run_results,
    learning,
    learning_entry,
    entries,
    confirming,
    entry_effect,
    entry_form,
    local_fields,
    members,
    log,
    files,
    staff,
    new_staff,
    safety_phrases,
    on_call,
    accounts,
    connecting,
)


def routes() -> Sequence[web.AbstractRouteDef]:
    """Every address of the console."""
    return [route for page in _PAGES for route in page.ROUTES]


def setup(app: web.Application, console: Console) -> None:
    """Give an application what the console's handlers count on: sessions, templates, the parts of the service."""
    app[CONSOLE] = console
    templates.setup(app, console)
    quiet_known_warning()
    aiohttp_session.setup(app, TableStorage(console.database, console.clock, is_https=console.is_https))
