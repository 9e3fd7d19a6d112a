"""What Prometheus is told. Counters by stable code and channel, never by person."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from prometheus_client import Counter, Gauge, Histogram

from bot.sending.parcels import Outcome
from bot.store.tables.alerts import AlertState

SENDS = Counter("chihoi_sends_total", "Sends by what became of them", ["channel", "lane", "verdict", "code"])
UPDATES = Counter("chihoi_updates_total", "Updates taken in and handled, by result", ["channel", "result"])
WEBHOOK = Counter(
    "chihoi_webhook_requests_total", "Requests to a platform's webhook, by result", ["channel", "result"]
)
HANDLING = Histogram("chihoi_handling_seconds", "From an update's arrival to its handling", ["channel"])
ALERTS = Gauge("chihoi_alerts_open", "Alerts that are not over, by state", ["state"])
ALERTS_WAIT = Gauge(
    "chihoi_alerts_oldest_seconds", "Since when the oldest alert that nobody has taken on waits; 0: none does"
)
QUESTIONS = Counter("chihoi_questions_total", "Questions by what happened", ["event"])


def count_outcomes(channel: str, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        SENDS.labels(channel, outcome.parcel.lane, outcome.verdict, outcome.code).inc()


def show_alerts(by_state: Mapping[AlertState, int], waits_for: timedelta) -> None:
    for state, count in by_state.items():
        ALERTS.labels(state.value).set(count)
    ALERTS_WAIT.set(waits_for.total_seconds())
