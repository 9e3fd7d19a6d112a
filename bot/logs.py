"""Log lines: structured events with constant names, and no secret in any of them.

Some platforms carry the token in the URL, and a library may log it or put it into an exception's text; PostgreSQL's errors
repeat the values of the row. So redaction works on the finished line, traceback included, whoever wrote it.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable
from urllib.parse import quote

import structlog

_HIDDEN = "[hidden]"
_SHORTEST = 8  # What is shorter is no secret of ours, and would hide half of the log.
# To the end of the line, which inside of JSON is "\n" or the end of the string.
_ROW_VALUES = re.compile(r"(?<=DETAIL: )[^\n]+")
_ROW_VALUES_IN_JSON = re.compile(r'(?<=DETAIL: )(?:[^\\"]|\\[^n])+')


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Renders a line and takes the secrets out of it."""

    def __init__(self, secrets: Iterable[str], *, as_json: bool) -> None:
        renderer: structlog.typing.Processor = (
            structlog.processors.JSONRenderer(ensure_ascii=False)
            if as_json
            else structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        )
        super().__init__(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper("iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([structlog.processors.format_exc_info] if as_json else []),
                renderer,
            ],
        )
        # A token's secret half may stand alone, as in ".../bot123:ABC" split at the colon.
        halves = [half for secret in secrets for half in (secret, secret.rpartition(":")[2])]
        spellings = {
            spelling
            for half in halves
            if len(half) >= _SHORTEST
            for spelling in (half, quote(half, safe=""), json.dumps(half, ensure_ascii=False)[1:-1])
        }
        self._secrets = sorted(spellings, key=len, reverse=True)
        self._row_values = _ROW_VALUES_IN_JSON if as_json else _ROW_VALUES

    def format(self, record: logging.LogRecord) -> str:
        line = self._row_values.sub(_HIDDEN, super().format(record))
        for secret in self._secrets:
            line = line.replace(secret, _HIDDEN)
        return line


def set_up_logs(*, level: str, as_json: bool, secrets: Iterable[str]) -> None:
    """Send every log line of this process, ours and the libraries', through one redacting handler to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(secrets, as_json=as_json))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("alembic", "aiosqlite", "httpx", "telegram"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper("iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=False,
    )
