"""Every table of the service, by subject. Imported whole, so that foreign keys find each other."""

from bot.store.tables.access import join_codes, join_tries, sessions, sign_in_links, staff_acts
from bot.store.tables.accounts import accounts, paces, usage
from bot.store.tables.broadcasts import broadcasts, deliveries, runs
from bot.store.tables.entries import entries, entry_texts, local_fields, local_values, topics, versions
from bot.store.tables.messages import inbox, interactions, mailbox, outbox
from bot.store.tables.metadata import metadata
from bot.store.tables.people import (
    consents,
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
    "accounts", "broadcasts", "consents", "contacts", "conversations", "deliveries", "entries", "entry_texts",
    "erasures", "hidden_messages", "inbox", "interactions", "join_codes", "join_tries", "local_fields", "local_values", "mailbox", "members", "metadata",
    "outbox", "paces", "question_steps", "questions", "runs", "sessions", "sign_in_links", "staff", "staff_acts",
    "topics", "units", "usage", "versions",
]  # fmt: skip
