"""What Prometheus is told. Counters by stable code and channel, never by person."""

from collections.abc import Sequence

from prometheus_client import Counter, Histogram

from bot.parcels import Outcome

SENDS = Counter("chihoi_sends_total", "Sends by what became of them", ["channel", "lane", "verdict", "code"])
UPDATES = Counter("chihoi_updates_total", "Updates taken in and handled, by result", ["channel", "result"])
WEBHOOK = Counter(
    "chihoi_webhook_requests_total", "Requests to a platform's webhook, by result", ["channel", "result"]
)
HANDLING = Histogram("chihoi_handling_seconds", "From an update's arrival to its handling", ["channel"])
QUESTIONS = Counter("chihoi_questions_total", "Questions by what happened", ["event"])


def count_outcomes(channel: str, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        SENDS.labels(channel, outcome.parcel.lane, outcome.verdict, outcome.code).inc()
