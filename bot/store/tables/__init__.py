"""Every table of the service, by subject. Imported whole, so that foreign keys find each other."""

from bot.store.tables.access import join_codes, join_tries, sessions, sign_in_links, staff_acts
from bot.store.tables.accounts import (
    account_jobs,
    account_secrets,
    accounts,
    connect_attempts,
    message_templates,
    paces,
    platform_troubles,
    remote_files,
    usage,
)
from bot.store.tables.broadcasts import broadcasts, deliveries, runs
from bot.store.tables.entries import entries, entry_texts, local_fields, local_values, topics, versions
from bot.store.tables.messages import files, inbox, interactions, mailbox, outbox, receipts
from bot.store.tables.metadata import metadata
from bot.store.tables.people import (
    consents,
    contact_tags,
    contacts,
    conversations,
    erasures,
    hidden_messages,
    members,
    staff,
    units,
)
from bot.store.tables.questions import question_steps, questions

__all__ = [
    "account_jobs",
    "account_secrets",
    "accounts",
    "broadcasts",
    "connect_attempts",
    "consents",
    "contact_tags",
    "contacts",
    "conversations",
    "deliveries",
    "entries",
    "entry_texts",
    "erasures",
    "files",
    "hidden_messages",
    "inbox",
    "interactions",
    "join_codes",
    "join_tries",
    "local_fields",
    "local_values",
    "mailbox",
    "members",
    "message_templates",
    "metadata",
    "outbox",
    "paces",
    "platform_troubles",
    "question_steps",
    "questions",
    "receipts",
    "remote_files",
    "runs",
    "sessions",
    "sign_in_links",
    "staff",
    "staff_acts",
    "topics",
    "units",
    "usage",
    "versions",
]
