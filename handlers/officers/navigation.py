"""The sections of the console, in the order in which an officer needs them."""

from typing import NamedTuple


def _(message: str) -> str:
    """Mark for the catalogues; the page translates."""
    return message


class Section(NamedTuple):
    name: str
    path: str
    label: str


NAVIGATION = (
    Section("today", "/console", _("Hôm nay")),
    Section("questions", "/console/questions", _("Câu hỏi")),
    Section("broadcasts", "/console/broadcasts", _("Thông báo")),
    Section("entries", "/console/entries", _("Hỏi đáp")),
    Section("members", "/console/members", _("Hội viên")),
    Section("log", "/console/log", _("Nhật ký")),
    Section("staff", "/console/staff", _("Cán bộ")),
)
