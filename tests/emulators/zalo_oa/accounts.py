"""Apps and Official Accounts as their owners set them up in the vendor's consoles.

The fields are switches for tests: package, money, quotas, and what the sources of the contract disagree about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.emulators.zalo_oa.grants import PKCE
from tests.emulators.zalo_oa.webhook import AppWebhook

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.groups import Group
    from tests.emulators.zalo_oa.people import User
    from tests.emulators.zalo_oa.templates import Template
    from tests.emulators.zalo_oa.uploads import Asset


@dataclass(eq=False, repr=False, slots=True)
class App:
    """An application of the developer console. One webhook address for all OAs that granted it a token."""

    app_id: str
    secret: str
    oa_secret_key: str
    webhook: AppWebhook
    callbacks: set[str] = field(default_factory=set)  # empty: any address is taken
    pkce: PKCE = PKCE.PER_REQUEST
    fixed_challenge: str = ""
    calls_per_minute: int = 4000
    requires_proof: bool = False
    is_active: bool = True
    shows_refresh_expiry: bool = False
    dead_refresh_code: int = -14014
    reuse_kills_grant: bool = False
    # What the webhook says and how it is signed.
    events_off: set[str] = field(default_factory=set)
    only_hash_texts: bool = False  # the console's "syntax filter"
    timestamps_as_numbers: bool = False
    names_user_by_app: bool = True
    signs_with: str = "oa_secret_key"  # or "app_secret"
    signs_for: str = "app_id"  # or "oa_id"

    @property
    def signing_key(self) -> str:
        return self.secret if self.signs_with == "app_secret" else self.oa_secret_key


@dataclass(eq=False, repr=False, slots=True)
class OA:
    """An Official Account. Money in VND; `zca_balance_vnd` None: no Zalo Cloud Account is linked."""

    oa_id: str
    name: str
    gets_refresh_tokens: bool = True
    is_verified: bool = True
    is_disabled: bool = False
    package_name: str = "Gói Nâng cao"
    calls_per_minute: int | None = None
    # What a message costs.
    has_package: bool = True  # False: past 48 h the answer is -224
    zca_balance_vnd: int | None = None
    charged_vnd: int = 0
    cs_price_vnd: int = 55
    sub_quota: int = 0
    sub_quota_total: int = 500
    purchase_quota: int = 0
    welcome_messages: int = 3
    # What the sources disagree about, or leave open.
    requires_follow: bool = False  # True: -213 to everybody who does not follow
    hides_non_followers: bool = False  # True: user/detail answers -213 for them
    shows_reply_remain: bool = False
    takes_list: bool = True  # False: a list on v3 answers -233
    ended_kinds_code: int = -233  # of the transaction and promotion messages that are no longer sold
    # ZBS templates by phone.
    zbs_daily_quota: int = 500
    zbs_sent_today: dict[str, int] = field(default_factory=dict)
    night_exempt_tags: set[str] = field(default_factory=lambda: {"OTP"})
    admin_phones: set[str] = field(default_factory=set)
    admin_id: str = "6000000000000000001"
    # What belongs to the OA.
    users: dict[str, User] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    assets: dict[str, Asset] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    articles: set[str] = field(default_factory=set)
    uploads_this_month: dict[tuple[str, str], int] = field(default_factory=dict)
