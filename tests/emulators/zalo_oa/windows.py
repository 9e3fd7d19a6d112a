"""Who may be written to now, and what it costs: 48 hours free, then paid until seven days, then nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa.refusals import Refused

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.accounts import OA
    from tests.emulators.zalo_oa.people import User

FREE = timedelta(hours=48)
ALLOWED = timedelta(days=7)
YEAR = timedelta(days=365)
REPLIES_PER_MESSAGE = 8


@dataclass(frozen=True, slots=True)
class Allowance:
    """`quota` as the answer tells it (None: the message is charged)."""

    quota: JSON | None
    charge_vnd: int = 0


def consultation(oa: OA, user: User, now: datetime) -> Allowance:
    """The allowance for one consultation message; spent by `spend`. Raises Refused."""
    refuse_unreachable(oa, user)
    if user.last_interaction is None:
        return _welcome(oa, user)
    age = now - user.last_interaction
    if age <= FREE:
        return _reply(oa)
    if age <= ALLOWED:
        return paid(oa, oa.cs_price_vnd)
    raise Refused(-230)


def reply_to(oa: OA, user: User, message_id: str, now: datetime) -> Allowance:
    """The older form that names the user's message instead of the user: eight within 48 hours."""
    refuse_unreachable(oa, user)
    if now - user.said_at[message_id] > FREE:
        raise Refused(-232)
    if user.replies_to.get(message_id, 0) >= REPLIES_PER_MESSAGE:
        raise Refused(-211)
    return _reply(oa)


def refuse_unreachable(oa: OA, user: User) -> None:
    if user.refusal is not None:
        raise Refused(user.refusal)
    if oa.requires_follow and not user.is_follower:
        raise Refused(-213)


def paid(oa: OA, price_vnd: int) -> Allowance:
    """From an allowance while there is one, else from the Zalo Cloud Account's money."""
    if not oa.has_package:
        raise Refused(-224)
    if oa.sub_quota > 0:
        return Allowance(
            {
                "quota_type": "sub_quota",
                "remain": str(oa.sub_quota - 1),
                "total": str(oa.sub_quota_total),
                "expired_date": "31/12/2026",
                "owner_type": "OA",
                "owner_id": oa.oa_id,
            }
        )
    if oa.purchase_quota > 0:
        return Allowance({"quota_type": "purchase_quota", "remain": str(oa.purchase_quota - 1)})
    if oa.zca_balance_vnd is None:
        raise Refused(-320)
    if oa.zca_balance_vnd < price_vnd:
        raise Refused(-321)
    return Allowance(None, price_vnd)


def spend(oa: OA, user: User | None, allowance: Allowance) -> None:
    """Books an allowance once the message is accepted."""
    match (allowance.quota or {}).get("quota_type"):
        case "welcome_msg" if user is not None:
            user.welcomes_taken += 1
        case "sub_quota":
            oa.sub_quota -= 1
        case "purchase_quota":
            oa.purchase_quota -= 1
    if allowance.charge_vnd:
        oa.charged_vnd += allowance.charge_vnd
        oa.zca_balance_vnd = (oa.zca_balance_vnd or 0) - allowance.charge_vnd


def _reply(oa: OA) -> Allowance:
    shown = {"remain": "8", "total": "8"} if oa.shows_reply_remain else {}
    return Allowance({"quota_type": "reply", **shown})


def _welcome(oa: OA, user: User) -> Allowance:
    if not (user.is_follower or user.has_clicked_chat):
        raise Refused(-232)
    left = oa.welcome_messages - user.welcomes_taken
    if left <= 0:
        raise Refused(-211)
    return Allowance(
        {"quota_type": "welcome_msg", "remain": str(left - 1), "total": str(oa.welcome_messages)}
    )
