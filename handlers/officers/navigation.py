"""The sections of the console, in the order in which an officer needs them."""

from typing import NamedTuple

from handlers.officers.words import N_


class Section(NamedTuple):
    name: str
    path: str
    label: str
    is_for_the_top: bool = False  # Only for officers who see everything.
    is_for_those_on_duty: bool = False  # Only for those who are told of words of danger, and the top's.


NAVIGATION = (
    Section("today", "/console", N_("Hôm nay")),
    Section("alerts", "/console/alerts", N_("Báo động"), is_for_those_on_duty=True),
    Section("questions", "/console/questions", N_("Câu hỏi")),
    Section("broadcasts", "/console/broadcasts", N_("Thông báo")),
    Section("entries", "/console/entries", N_("Hỏi đáp")),
    Section("members", "/console/members", N_("Hội viên")),
    Section("log", "/console/log", N_("Nhật ký")),
    Section("staff", "/console/staff", N_("Cán bộ")),
    Section("safety", "/console/safety", N_("An toàn")),
    Section("accounts", "/console/accounts", N_("Kênh"), is_for_the_top=True),
)
