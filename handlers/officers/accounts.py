"""The accounts that we send from: whether each works, what it may cost, and what can be had done with it.

For officers who see everything only: an account serves the whole province. Connecting one stands in `connecting`.
"""

from itertools import pairwise
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import accounts, groups, platform_troubles, rules
from bot.channels import account_jobs
from bot.channels.account_jobs import JobState
from bot.channels.contract import AccountCare, SendError
from bot.people import acts
from bot.questions import calling_back
from bot.questions.calling_back import Blank, Wording
from bot.store.tables.people import Role
from handlers.officers import query, windows
from handlers.officers.permission import allowed
from handlers.officers.standing import addresses_of, missing_of, sentence_of, standing_of
from handlers.officers.visit import Visit

ACCOUNTS = "/console/accounts"
SECTION = "accounts"


@allowed(Role.OFFICER)
async def show_list(visit: Visit) -> web.StreamResponse:
    at_the_top(visit)
    platforms = visit.console.platforms.values()
    async with visit.console.database.reading() as connection:
        heard = await accounts.heard(connection)
        context = {
            "accounts": [
                (account, standing_of(visit, account, heard))
                for account in await accounts.overview(connection)
            ],
            "troubles": await troubles(visit, connection),
            "is_https": visit.console.is_https,
            "connecting": [
                {
                    "channel": platform.name,
                    "title": platform.connecting.title,
                    "missing": missing_of(visit, platform.name),
                    "addresses": addresses_of(visit, platform.name),
                }
                for platform in platforms
                if platform.connecting
            ],
        }
    return visit.page("accounts/list.html", context, section=SECTION)


@allowed(Role.OFFICER)
async def show_account(visit: Visit) -> web.StreamResponse:
    at_the_top(visit)
    async with visit.console.database.reading() as connection:
        account = await _account(visit, connection)
        standing = standing_of(visit, account, await accounts.heard(connection))
        templates = await accounts.templates(connection, account.id)
        care = _care(visit, account.channel)
        jobs = [
            (kind, await account_jobs.progress(connection, account.id, kind))
            for kind in (care.jobs if care else ())
        ]
        call_back = await calling_back.chosen(connection, account.id)
    platform = visit.console.platforms.get(account.channel)
    bound = rules.rules_of(account.channel)
    context = {
        "account": account,
        "standing": standing,
        "can_connect": bool(platform and platform.connecting and not platform.connecting.is_ready()),
        "paid": [
            {"window": window, "after": windows.spoken(visit, before.within)}
            for before, window in pairwise(bound.windows if bound else ())
            if window.price
        ],
        "has_care": care is not None,
        "templates": templates,
        "has_groups": care is not None and care.has_groups,
        "groups": groups.of(account.id, account.name, account.settings),
        "call_back": call_back,
        "jobs": jobs,
        "is_working": any(job and job.state is JobState.RUNNING for _kind, job in jobs),
        "sentence_of": lambda code: sentence_of(visit, account.channel, code),
    }
    return visit.page("accounts/account.html", context, block="jobs", section=SECTION)


@allowed(Role.OFFICER)
async def let_cost(visit: Visit) -> web.StreamResponse:
    """Let the account send what its platform takes money for, or no more."""
    _ = visit.gettext
    at_the_top(visit)
    may = visit.field("may") == "1"
    async with visit.console.database.writing() as connection:
        account = await _account(visit, connection)
        if rules.rules_of(account.channel) is None:
            raise web.HTTPNotFound
        if may and not visit.field("agreed"):
            visit.flash(_("Chị đánh dấu vào câu xác nhận rồi bấm nút nhé."), "warning")
        elif await accounts.let_cost(connection, account.id, may=may):
            await _record(
                visit, connection, "paid_messages_allowed" if may else "paid_messages_stopped", account.id
            )
            visit.flash(_("Đã bật gửi tin có phí.") if may else _("Đã tắt gửi tin có phí."))
    return visit.go(f"{ACCOUNTS}/{account.id}")


@allowed(Role.OFFICER)
async def fetch_templates(visit: Visit) -> web.StreamResponse:
    at_the_top(visit)
    async with visit.console.database.reading() as connection:
        account = await _account(visit, connection)
    care = _care(visit, account.channel)
    if care is None:
        raise web.HTTPNotFound
    try:  # Asks the platform, so outside of any transaction.
        count = await care.fetch_templates(account.id)
    except SendError as error:
        visit.flash(sentence_of(visit, account.channel, error.code), "danger")
    else:
        async with visit.console.database.writing() as connection:
            await _record(visit, connection, "templates_fetched", account.id, count=count)
        sentence = visit.translations.ngettext("Đã lấy %d mẫu tin.", "Đã lấy %d mẫu tin.", count)
        visit.flash(sentence % count)
    return visit.go(f"{ACCOUNTS}/{account.id}")


@allowed(Role.OFFICER)
async def fetch_groups(visit: Visit) -> web.StreamResponse:
    at_the_top(visit)
    async with visit.console.database.reading() as connection:
        account = await _account(visit, connection)
    care = _care(visit, account.channel)
    if care is None or not care.has_groups:
        raise web.HTTPNotFound
    try:  # Asks the platform, so outside of any transaction.
        count = await care.fetch_groups(account.id)
    except SendError as error:
        visit.flash(sentence_of(visit, account.channel, error.code), "danger")
    else:
        async with visit.console.database.writing() as connection:
            await _record(visit, connection, "groups_fetched", account.id, count=count)
        sentence = visit.translations.ngettext("Đã lấy %d nhóm.", "Đã lấy %d nhóm.", count)
        visit.flash(sentence % count)
    return visit.go(f"{ACCOUNTS}/{account.id}")


@allowed(Role.OFFICER)
async def choose_call_back(visit: Visit) -> web.StreamResponse:
    """By which wording members are called back to an answer that waits; without a template by none."""
    _ = visit.gettext
    at_the_top(visit)
    async with visit.console.database.writing() as connection:
        account = await _account(visit, connection)
        template = None
        if template_id := visit.field("template"):
            known = {one.template_id: one for one in await accounts.templates(connection, account.id)}
            template = known.get(template_id)
            if template is None or not template.is_approved:
                raise web.HTTPNotFound
        wording = None
        if template is not None:
            blanks = {
                name: query.choice(Blank, visit.field(f"blank-{name}")) or Blank.NAME
                for name in template.parameters
            }
            wording = Wording(template.template_id, template.name, blanks)
        await calling_back.choose(connection, account.id, wording)
        await _record(
            visit,
            connection,
            "call_back_chosen" if wording else "call_back_stopped",
            account.id,
            **({"template": wording.template_id} if wording else {}),
        )
    visit.flash(
        _("Từ nay dùng mẫu này để gọi chị em vào đọc câu trả lời.")
        if wording
        else _("Từ nay không gọi chị em vào đọc câu trả lời nữa.")
    )
    return visit.go(f"{ACCOUNTS}/{account.id}")


@allowed(Role.OFFICER)
async def start_job(visit: Visit) -> web.StreamResponse:
    at_the_top(visit)
    kind = visit.field("kind")
    async with visit.console.database.writing() as connection:
        account = await _account(visit, connection)
        care = _care(visit, account.channel)
        if care is None or kind not in care.jobs:
            raise web.HTTPNotFound
        if await account_jobs.ask(connection, account.id, kind, visit.now):
            await _record(visit, connection, "account_job_asked", account.id, kind=kind)
    visit.flash(visit.gettext("Đã bắt đầu. Chị cứ làm việc khác, trang này cho biết tới đâu rồi."))
    return visit.go(f"{ACCOUNTS}/{account.id}")


def at_the_top(visit: Visit) -> None:
    """Only for officers who see everything."""
    if not visit.viewer.sees_everything:
        raise web.HTTPForbidden


async def troubles(visit: Visit, connection: AsyncConnection) -> list[dict[str, Any]]:
    """What is wrong with whole platforms now: `channel`, `sentence`, since when and until when."""
    return [
        {
            "channel": one.channel,
            "sentence": sentence_of(visit, one.channel, one.code),
            "first_at": one.first_at,
            "last_at": one.last_at,
            "count": one.count,
        }
        for one in await platform_troubles.open_troubles(connection)
    ]


def _care(visit: Visit, channel: str) -> AccountCare | None:
    platform = visit.console.platforms.get(channel)
    return platform.care if platform else None


async def _account(visit: Visit, connection: AsyncConnection) -> accounts.Row:
    account_id = query.number(visit.request.match_info["account_id"])
    account = await accounts.get(connection, account_id) if account_id is not None else None
    if account is None:
        raise web.HTTPNotFound
    return account


async def _record(
    visit: Visit, connection: AsyncConnection, act: str, account_id: int, **detail: object
) -> None:
    await acts.record(
        connection, visit.viewer.staff_id, act, now=visit.now, subject=f"account {account_id}", **detail
    )


ROUTES = [
    web.get(ACCOUNTS, show_list),
    web.get(ACCOUNTS + r"/{account_id:\d+}", show_account),
    web.post(ACCOUNTS + r"/{account_id:\d+}/cost", let_cost),
    web.post(ACCOUNTS + r"/{account_id:\d+}/templates", fetch_templates),
    web.post(ACCOUNTS + r"/{account_id:\d+}/groups", fetch_groups),
    web.post(ACCOUNTS + r"/{account_id:\d+}/call-back", choose_call_back),
    web.post(ACCOUNTS + r"/{account_id:\d+}/jobs", start_job),
]
