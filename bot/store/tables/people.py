"""The Union's tree, its members, their identities on the platforms, and its staff."""

from enum import StrEnum

import sqlalchemy as sa

from bot.store.tables.accounts import accounts
from bot.store.tables.metadata import metadata
from bot.store.types import NEVER_REUSED, Id, Json, Moment, SortKey, choice


class UnitLevel(StrEnum):
    CENTRAL = "trung_uong"
    PROVINCE = "tinh_thanh"
    WARD = "phuong"
    COMMUNE = "xa"
    BRANCH = "chi_hoi"
    GROUP = "to"


class MemberStatus(StrEnum):
    REQUESTED = "requested"  # She asked in chat; the Union decides who is a member (domain.md 1.3).
    RECOGNISED = "recognised"
    DECLINED = "declined"
    LEFT = "left"


class Purpose(StrEnum):
    """What she may consent to, each on its own, never by default (Law 91/2025/QH15 art. 9; domain.md 3.1)."""

    PROFILE = "profile"
    ANNOUNCEMENTS = "announcements"
    NAME_TO_CADRES = "name_to_cadres"
    CALL_BACK = "call_back"


class Role(StrEnum):
    OFFICER = "officer"  # Signs in to the console; sees her unit and everything below it.
    CADRE = "cadre"  # Holds a desk in her own chat.


units = sa.Table(
    "units",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("code", sa.String(24), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("name_sort", SortKey, nullable=False),
    sa.Column("level", choice(UnitLevel), nullable=False),
    sa.Column("parent_id", sa.ForeignKey("units.id"), index=True),
    sa.Column(
        "path", SortKey, nullable=False, index=True
    ),  # "/1/2/17/": a subtree is every path that starts with it.
    sa.Column("merged_from", sa.Text, nullable=False, default=""),
    sa.Column("created_at", Moment, nullable=False),
    **NEVER_REUSED,
)

members = sa.Table(
    "members",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("full_name", sa.String(100), nullable=False),
    sa.Column("name_sort", SortKey, nullable=False, index=True),
    sa.Column("name_folded", sa.String(100), nullable=False),
    sa.Column("birth_year", sa.Integer),
    sa.Column("unit_id", sa.ForeignKey(units.c.id), index=True),
    sa.Column("hamlet", sa.String(100), nullable=False, default=""),
    sa.Column("phone", sa.String(20), index=True),  # E.164
    sa.Column("status", choice(MemberStatus), nullable=False),
    # The consents now in force; the proof of each change is in `consents`.
    sa.Column("allows_announcements", sa.Boolean, nullable=False, default=False),
    sa.Column("allows_name_to_cadres", sa.Boolean, nullable=False, default=False),
    sa.Column("allows_call_back", sa.Boolean, nullable=False, default=False),
    # She has picked what announcements are to be about (`category_choices`); until she does, she gets all that she agreed to.
    sa.Column("chose_categories", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("created_at", Moment, nullable=False, index=True),
    sa.Column("updated_at", Moment, nullable=False),
    # Officers find people by the words of their names. SQLite looks at each name instead: it keeps no lists of words.
    sa.Index(
        "ix_members_name_words", sa.text("string_to_array(name_folded, ' ')"), postgresql_using="gin"
    ).ddl_if(dialect="postgresql"),
    **NEVER_REUSED,
)

category_choices = sa.Table(
    "category_choices",
    metadata,
    # What a member who has picked wants announcements about (config/content names the categories).
    sa.Column("member_id", sa.ForeignKey(members.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("category", sa.String(40), primary_key=True),
)

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("name_sort", SortKey, nullable=False),
    sa.Column("login", sa.String(60), unique=True),  # Folded; None for a cadre who only chats.
    sa.Column("password_hash", sa.String(200)),
    sa.Column("role", choice(Role), nullable=False),
    sa.Column("unit_id", sa.ForeignKey(units.c.id), nullable=False, index=True),
    sa.Column("takes_questions", sa.Boolean, nullable=False, default=False),  # Holds the desk of her unit.
    # Is told at once, day and night, when somebody writes words of danger.
    sa.Column("takes_alerts", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("is_active", sa.Boolean, nullable=False, default=True),
    sa.Column("language", sa.String(8), nullable=False, default="vi"),
    sa.Column("created_at", Moment, nullable=False),
    **NEVER_REUSED,
)

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("account_id", sa.ForeignKey(accounts.c.id), nullable=False),
    sa.Column(
        "address", sa.String(200), nullable=False
    ),  # The platform's id of this person or chat, as text.
    sa.Column("member_id", sa.ForeignKey(members.c.id, ondelete="SET NULL"), index=True),
    sa.Column("staff_id", sa.ForeignKey(staff.c.id, ondelete="SET NULL"), index=True),
    sa.Column("language", sa.String(8), nullable=False, default="vi"),
    sa.Column(
        "is_quiet", sa.Boolean, nullable=False, default=False
    ),  # KIN: nothing telling, nothing unasked.
    sa.Column("stopped_at", Moment),  # NGUNG: no announcements, profile or not.
    sa.Column("unreachable_at", Moment),  # Blocked us or closed the account; cleared by her next message.
    sa.Column("unreachable_code", sa.String(80), nullable=False, default=""),
    sa.Column("last_in_at", Moment),
    sa.Column(
        "human_until", Moment
    ),  # Somebody of the Union writes to her by hand: the assistant keeps quiet so long.
    sa.Column(
        "display_name", sa.String(100), nullable=False, default="", server_default=""
    ),  # As the platform shows her.
    sa.Column("is_follower", sa.Boolean),  # None where the platform knows no followers, or has not said.
    sa.Column("profiled_at", Moment),  # When the platform last told us who she is; None: never asked.
    # How often the digits under an answer were spelled out to her.
    sa.Column("answers_explained", sa.SmallInteger, nullable=False, default=0, server_default="0"),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("account_id", "address"),
    sa.Index("ix_contacts_human_until", "human_until", postgresql_where=sa.text("human_until IS NOT NULL"),
             sqlite_where=sa.text("human_until IS NOT NULL")),
    **NEVER_REUSED,
)  # fmt: skip

contact_tags = sa.Table(
    "contact_tags",
    metadata,
    # Marks that officers put on people, here or in the platform's own tool.
    sa.Column("contact_id", sa.ForeignKey(contacts.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("tag", sa.String(100), primary_key=True),
    # The platform has it, too. A removed one that is still mirrored is yet to be told; told, it is remembered for a while,
    # so that a late event about it is known as one.
    sa.Column("is_mirrored", sa.Boolean, nullable=False, default=False),
    sa.Column(
        "changed_at", Moment, nullable=False
    ),  # An event of the platform from before then says nothing new.
    sa.Column("removed_at", Moment),  # Taken off here.
    sa.Index("ix_contact_tags_tag", "tag"),
)

conversations = sa.Table(
    "conversations",
    metadata,
    # Where each chat stands. A row, so that any process can go on with it after a restart.
    sa.Column("contact_id", sa.ForeignKey(contacts.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("flow", sa.String(40), nullable=False, default=""),  # Empty: nothing is being asked.
    sa.Column("step", sa.String(40), nullable=False, default=""),
    sa.Column("data", Json, nullable=False, default=dict),
    sa.Column("updated_at", Moment, nullable=False),
)

consents = sa.Table(
    "consents",
    metadata,
    # Proof of each yes and each withdrawal, only ever added to (Law 91/2025/QH15 art. 9).
    sa.Column("id", Id, primary_key=True),
    sa.Column("contact_id", sa.ForeignKey(contacts.c.id, ondelete="SET NULL"), index=True),
    sa.Column("member_id", sa.ForeignKey(members.c.id, ondelete="SET NULL"), index=True),
    sa.Column("purpose", choice(Purpose), nullable=False),
    sa.Column("is_given", sa.Boolean, nullable=False),
    sa.Column("wording", sa.Text, nullable=False),  # The very sentence she answered.
    sa.Column("at", Moment, nullable=False),
    **NEVER_REUSED,
)

erasures = sa.Table(
    "erasures",
    metadata,
    # That an erasure was done, and when; nothing of whom.
    sa.Column("id", Id, primary_key=True),
    sa.Column("unit_id", sa.ForeignKey(units.c.id)),
    sa.Column("at", Moment, nullable=False),
    **NEVER_REUSED,
)

hidden_messages = sa.Table(
    "hidden_messages",
    metadata,
    # What was not shown to a quiet contact; she types XEM to read it. Kept for a week at most, beside any conversation.
    sa.Column("id", Id, primary_key=True),
    sa.Column("contact_id", sa.ForeignKey(contacts.c.id, ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("message", Json, nullable=False),
    sa.Column("at", Moment, nullable=False, index=True),
    **NEVER_REUSED,
)
