"""The form of an announcement as it stands: read from what was sent or from what is kept, and what keeps it from being kept.

Everything typed stays as it was typed until it is right, so that nobody writes anything twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from bot.channels.contract import Attachment
from bot.clock import VIETNAM, in_vietnam
from bot.languages import DEFAULT
from bot.store.tables.broadcasts import OnUncertain, Priority, Route
from bot.text import clean, utf16_length
from broadcasts import message, templates
from broadcasts.content import MOST_ANSWERS, Approved, Content, Otherwise, Post, Rule, Trial
from broadcasts.merge_fields import WITHHELD
from broadcasts.wordings import Wording
from broadcasts.writing import Draft
from handlers.officers import audience_form, posting, query
from handlers.officers.audience_form import Builder
from handlers.officers.visit import Visit

LANGUAGES = ("vi", "km")
LONGEST_TITLE, LONGEST_ANSWER = 200, 60
SHARES, HOURS = range(5, 51), range(1, 73)
_LONGEST_TEXT = 20_000
MOST_MONEY = 1_000_000_000
_MOST_A_DAY = 1_000_000
LONGEST_MARK = 60


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it stands."""

    builder: Builder
    title: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    otherwise: Otherwise = Otherwise.VIETNAMESE
    answers: Sequence[Mapping[str, str]] = ()
    attachment: Attachment | None = None  # Kept with the draft.
    counts_clicks: bool = False
    category: str = ""
    priority: Priority = Priority.NORMAL
    per_day: str = ""
    may_cost: bool = False
    budget: str = ""
    deadline_day: str = ""
    deadline_hour: str = ""
    on_uncertain: OnUncertain = OnUncertain.LEAVE
    has_second: bool = False
    second: Mapping[str, str] = field(default_factory=dict)
    share: str = "20"
    rule: Rule = Rule.ANSWERED
    hours: str = "4"
    wording: str = ""  # Wording.key
    values: Mapping[str, str] = field(default_factory=dict)  # Of the wording's places to fill in.
    by_phone: bool = False
    posts: Sequence[Post] = ()  # For many to see.
    editing: int | None = None  # The broadcast that is changed; None for a new one.
    seen_at: str = ""  # When it was last changed, as she saw it.
    day: str = ""  # Of the calendar, where she began.
    form: str = ""  # This page's own mark.

    @property
    def articles(self) -> dict[int, str]:
        """What was typed as an article's id, by account."""
        return {post.account_id: post.target for post in self.posts if post.route is Route.ARTICLE}

    @property
    def groups(self) -> dict[tuple[int, str], str]:
        """The names of the groups that were chosen, by account and address."""
        return {(post.account_id, post.target): post.name for post in self.posts if post.route is Route.GROUP}

    @property
    def answer_rows(self) -> list[Mapping[str, str]]:
        """As many as there may be, the empty ones last."""
        return [*self.answers, *[{}] * MOST_ANSWERS][:MOST_ANSWERS]

    @property
    def content(self) -> Content:
        """As far as it is right; the wording aside, which is looked up."""
        second = {language: text for language, text in self.second.items() if text.strip()}
        share, hours = query.number(self.share), query.number(self.hours)
        is_trial = self.has_second and second and share in SHARES and hours in HOURS
        return Content(
            otherwise=self.otherwise,
            answers=tuple(dict(answer) for answer in self.answers if answer.get(DEFAULT)),
            attachment=self.attachment,
            counts_clicks=self.counts_clicks,
            trial=Trial(second, share, self.rule, hours) if is_trial and share and hours else None,
            posts=tuple(self.posts),
        )


def read(visit: Visit, attachment: Attachment | None) -> Typed:
    """What was sent. `attachment` is what the draft has; it stays unless she takes it out."""
    field = visit.field
    blanks = {
        name.removeprefix("blank-"): clean(field(name)) for name in visit.form if name.startswith("blank-")
    }
    priority = query.number(field("priority"))
    return Typed(
        builder=audience_form.read(visit),
        title=" ".join(clean(field("title")).split()),
        texts={
            language: templates.filled_in(_text(visit, f"text-{language}"), blanks) for language in LANGUAGES
        },
        otherwise=query.choice(Otherwise, field("otherwise")) or Otherwise.VIETNAMESE,
        answers=_answers(visit),
        attachment=None if field("drop_file") else attachment,
        counts_clicks=bool(field("counts_clicks")),
        category=field("category") if field("category") in visit.console.categories else "",
        priority=Priority(priority) if priority in set(Priority) else Priority.NORMAL,
        per_day=field("per_day"),
        may_cost=bool(field("may_cost")),
        budget=field("budget"),
        deadline_day=field("deadline_day"),
        deadline_hour=field("deadline_hour"),
        on_uncertain=query.choice(OnUncertain, field("on_uncertain")) or OnUncertain.LEAVE,
        has_second=bool(field("has_second")),
        second={language: _text(visit, f"second-{language}") for language in LANGUAGES},
        share=field("share") or "20",
        rule=query.choice(Rule, field("rule")) or Rule.ANSWERED,
        hours=field("hours") or "4",
        wording=field("wording"),
        values={
            name.removeprefix("value-"): " ".join(clean(field(name)).split())[:500]
            for name in visit.form
            if name.startswith("value-")
        },
        by_phone=bool(field("by_phone")),
        posts=posting.read(visit),
        day=field("day"),
        form=field("form")[:LONGEST_MARK],
        editing=query.number(field("editing")),
        seen_at=field("seen_at"),
    )


def of(draft: Draft, *, editing: int | None = None, seen_at: str = "") -> Typed:
    """What is kept, as a form."""
    content, trial, approved = draft.content, draft.content.trial, draft.content.approved
    deadline = in_vietnam(draft.deadline_at) if draft.deadline_at else None
    typed = Typed(
        builder=Builder.of(draft.audience),
        title=draft.title,
        texts=draft.texts,
        otherwise=content.otherwise,
        answers=content.answers,
        attachment=content.attachment,
        counts_clicks=content.counts_clicks,
        category=draft.category,
        priority=draft.priority,
        per_day=str(draft.per_day or ""),
        may_cost=draft.budget is not None,
        budget=str(draft.budget or ""),
        deadline_day=f"{deadline:%Y-%m-%d}" if deadline else "",
        deadline_hour=f"{deadline:%H:%M}" if deadline else "",
        on_uncertain=draft.on_uncertain,
        posts=content.posts,
        editing=editing,
        seen_at=seen_at,
    )
    if trial:
        typed = replace(
            typed,
            has_second=True,
            second=trial.texts,
            share=str(trial.share),
            rule=trial.rule,
            hours=str(trial.hours),
        )
    if approved:
        key = f"{approved.account_id}:{approved.template_id}"
        typed = replace(typed, wording=key, values=approved.values, by_phone=approved.by_phone)
    return typed


def draft_of(typed: Typed, unit_id: int, wordings: Sequence[Wording]) -> Draft:
    """What is to be kept: of what `errors` finds wrong, the usual instead. Raises Refused for an audience that is none."""
    per_day, budget = query.number(typed.per_day), _money(typed.budget)
    per_day = per_day if per_day and per_day <= _MOST_A_DAY else None
    is_drip = typed.priority is Priority.DRIP
    return Draft(
        title=typed.title[:LONGEST_TITLE],
        texts=typed.texts,
        unit_id=unit_id,
        audience=typed.builder.audience(),
        on_uncertain=typed.on_uncertain,
        content=replace(typed.content, approved=approved_of(typed, wordings)),
        category=typed.category,
        priority=Priority.NORMAL if is_drip and not per_day else typed.priority,
        per_day=per_day if is_drip else None,
        budget=budget if typed.may_cost and budget is not None and budget <= MOST_MONEY else None,
        deadline_at=deadline_of(typed),
    )


def approved_of(typed: Typed, wordings: Sequence[Wording]) -> Approved | None:
    """The wording for those whom words do not reach. It costs, so nothing of it is kept while nothing may."""
    wording = next((one for one in wordings if one.key == typed.wording), None)
    if wording is None or not typed.may_cost:
        return None
    values = {name: typed.values.get(name, "") for name in wording.longest}
    return Approved(
        wording.account_id, wording.template_id, values, by_phone=typed.by_phone, longest=wording.longest
    )


def deadline_of(typed: Typed) -> datetime | None:
    """None where none was typed, or none that is a moment."""
    if not typed.deadline_day:
        return None
    try:
        hour = time.fromisoformat(typed.deadline_hour or "21:00").replace(tzinfo=None)
        return datetime.combine(date.fromisoformat(typed.deadline_day), hour, VIETNAM)
    except ValueError:
        return None


def errors(
    visit: Visit, typed: Typed, wordings: Sequence[Wording], local: Mapping[str, str]
) -> dict[str, str]:
    """What keeps it from being kept, by field, the people aside. What keeps it from being sent, the next page says."""
    _ = visit.gettext
    found: dict[str, str] = {}
    if len(typed.title) > LONGEST_TITLE:
        found["title"] = _("Tên dài quá, chị viết ngắn lại giúp.")
    elif not typed.title:
        found["title"] = _("Chị đặt cho thông báo một cái tên ngắn để dễ tìm lại.")
    if any(not answer.get(DEFAULT) for answer in typed.answers):
        found["answers"] = _("Câu trả lời nào cũng cần lời tiếng Việt.")
    elif any(utf16_length(label) > LONGEST_ANSWER for answer in typed.answers for label in answer.values()):
        found["answers"] = _("Mỗi câu trả lời dài nhất %(longest)d ký tự.") % {"longest": LONGEST_ANSWER}
    if typed.priority is Priority.URGENT and not visit.viewer.sees_everything:
        found["priority"] = _("Chỉ cán bộ cấp tỉnh, thành gửi được tin khẩn.")
    elif typed.priority is Priority.DRIP and not 1 <= (query.number(typed.per_day) or 0) <= _MOST_A_DAY:
        found["per_day"] = _("Chị ghi mỗi ngày gửi cho bao nhiêu người, ví dụ 500.")
    if typed.may_cost and not 1 <= (_money(typed.budget) or 0) <= MOST_MONEY:
        found["budget"] = _("Chị ghi nhiều nhất được tốn bao nhiêu đồng, ví dụ 200000.")
    if (typed.deadline_day or typed.deadline_hour) and not (deadline := deadline_of(typed)):
        found["deadline"] = _("Ngày giờ chưa đúng, chị chọn lại giúp.")
    elif typed.deadline_day and deadline and deadline <= visit.now:
        found["deadline"] = _("Hạn này đã qua, chị chọn lại giúp.")
    return found | _trial_errors(visit, typed) | _wording_errors(visit, typed, wordings, local)


def _trial_errors(visit: Visit, typed: Typed) -> dict[str, str]:
    _ = visit.gettext
    if not typed.has_second:
        return {}
    if not typed.second.get(DEFAULT, "").strip():
        return {"second": _("Chị viết lời thứ hai bằng tiếng Việt, hoặc bỏ dấu chọn gửi thử hai lời.")}
    if query.number(typed.share) not in SHARES:
        return {"share": _("Mỗi lời gửi thử cho từ 5 đến 50 phần trăm số người.")}
    if query.number(typed.hours) not in HOURS:
        return {"hours": _("Chờ từ 1 đến 72 giờ rồi mới chọn lời hay hơn.")}
    if typed.rule is Rule.ANSWERED and not typed.answers:
        return {"rule": _("Muốn so theo số người trả lời, chị ghi sẵn các câu trả lời ở trên.")}
    if typed.rule is Rule.CLICKED and not (
        typed.counts_clicks and message.links(typed.texts) and message.links(typed.second)
    ):
        return {
            "rule": _(
                "Muốn so theo số người bấm liên kết, cả hai lời cần có liên kết và chị chọn đếm lượt bấm."
            )
        }
    return {}


def _wording_errors(
    visit: Visit, typed: Typed, wordings: Sequence[Wording], local: Mapping[str, str]
) -> dict[str, str]:
    _ = visit.gettext
    if not typed.wording or not typed.may_cost:
        return {}
    approved = approved_of(typed, wordings)
    if approved is None:
        return {"wording": _("Mẫu tin này không còn dùng được. Chị chọn mẫu khác.")}
    if any(not value for value in approved.values.values()):
        return {"wording": _("Chị điền đủ các ô của mẫu tin giúp.")}
    known = set(local) - WITHHELD
    unknown = [name for value in approved.values.values() for name in templates.blanks_of(value, known)]
    if unknown:
        return {"wording": _("Không có ô điền tự động tên %(name)s.") % {"name": f"{{{{{unknown[0]}}}}}"}}
    return {}


def _text(visit: Visit, name: str) -> str:
    return clean(visit.field(name))[:_LONGEST_TEXT]


def _answers(visit: Visit) -> tuple[Mapping[str, str], ...]:
    """Those that say something, in order: an empty one leaves no gap."""
    rows: list[dict[str, Any]] = [
        {
            language: label
            for language in LANGUAGES
            if (label := " ".join(clean(visit.field(f"answer-{number}-{language}")).split())[:300])
        }
        for number in range(1, MOST_ANSWERS + 1)
    ]
    return tuple(row for row in rows if row)


def _money(typed: str) -> int | None:
    """VND as people write it: 200000, 200.000 or "200.000 đ"."""
    return query.number("".join(c for c in typed if c not in ".,  đ"))
