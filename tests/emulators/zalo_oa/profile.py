"""What the OA asks about itself: its profile, its quotas, and a user's window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa import windows
from tests.emulators.zalo_oa.refusals import invalid
from tests.emulators.zalo_oa.requests import Request, only

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.world import World

OWNERS = frozenset({"OA", "APP"})
PRODUCTS = frozenset({"cs", "transaction"})
QUOTA_TYPES = frozenset({"sub_quota", "purchase_quota", "reward_quota"})


def get_oa(world: World, request: Request) -> JSON:
    oa = request.oa
    return {
        "oaid": oa.oa_id,
        "name": oa.name,
        "description": "",
        "oa_alias": "",
        "is_verified": oa.is_verified,
        "oa_type": 4,
        "cate_name": "Tổ chức chính trị - xã hội",
        "num_follower": sum(user.is_follower for user in oa.users.values()),
        "avatar": "https://s160-ava-talk.zadn.vn/oa.jpg",
        "cover": "https://cover-talk.zadn.vn/oa.jpg",
        "package_name": oa.package_name,
        "package_valid_through_date": "31/12/2026",
        "package_auto_renew_date": "",
        "linked_ZCA": "ZCA-example" if oa.zca_balance_vnd is not None else "",
    }


def quota(world: World, request: Request) -> Any:
    """Two questions share the address: a user's window, or one of the OA's allowances."""
    params, oa = request.params, request.oa
    if "user_id" not in params:
        return _allowance(request)
    only(params, "user_id")
    user = request.user()
    last = user.last_interaction
    told: JSON = {
        "last_interaction": str(round(last.timestamp() * 1000)) if last else "",
        "promotion": {
            "daily_remain": 1,
            "daily_total": 1,
            "monthly_remain": 30,
            "monthly_total": 30,
        },
    }
    if oa.shows_reply_remain:
        is_free = last is not None and world.clock.now() - last <= windows.FREE
        told["cs_reply"] = {"remain": 8 if is_free else 0, "total": 8}
    return told


def _allowance(request: Request) -> list[JSON]:
    params, oa = request.params, request.oa
    only(params, "quota_owner", "product_type", "quota_type")
    allowed = {"quota_owner": OWNERS, "product_type": PRODUCTS, "quota_type": QUOTA_TYPES}
    for name, values in allowed.items():
        if params.get(name) not in values:
            raise invalid(name)
    total, remain = {
        "sub_quota": (oa.sub_quota_total, oa.sub_quota),
        "purchase_quota": (oa.purchase_quota, oa.purchase_quota),
    }.get(params["quota_type"], (0, 0))
    if params["quota_owner"] != "OA" or params["product_type"] != "cs" or not total:
        return []
    return [
        {
            "asset_id": f"asset-{oa.oa_id}",
            "product_type": "cs",
            "quota_type": params["quota_type"],
            "valid_through": "31/12/2026",
            "total": total,
            "remain": remain,
        }
    ]


def old_quota(world: World, request: Request) -> JSON:
    return {"type": "active", "remain": request.oa.sub_quota, "total": request.oa.sub_quota_total}
