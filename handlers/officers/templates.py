"""The console's page templates: one environment for each language, so that a template knows its words and its locale."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web
from babel import dates, numbers
from jinja2.bccache import Bucket

from bot.clock import in_vietnam
from bot.phone import display_phone
from handlers.officers import words
from handlers.officers.console import Console

LANGUAGES = ("vi", "en")  # What the console speaks.
_FOLDER = Path(__file__).parent / "templates"
_KEYS = {language: web.AppKey(f"console_{language}", jinja2.Environment) for language in LANGUAGES}


class _Compiled(jinja2.BytecodeCache):
    """What was compiled for one language serves the other too. Bounded by the number of our templates."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._kept.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def setup(app: web.Application, console: Console) -> None:
    for language, key in _KEYS.items():
        environment = aiohttp_jinja2.setup(
            app,
            app_key=key,
            loader=jinja2.FileSystemLoader(_FOLDER),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            bytecode_cache=_COMPILED,
            optimized=False,  # Else a filter's answer in one language could be compiled in for the other.
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
            default_helpers=False,
            filters=_filters(language),
        )
        translations = console.languages.of(language)
        environment.extend(newstyle_gettext=True)
        environment.install_gettext_callables(  # type: ignore[attr-defined]  # The i18n extension adds it.
            translations.gettext, translations.ngettext, newstyle=True
        )
        environment.globals |= {
            "words": words,
            "asset": console.assets.url,
            "organisation": console.organisation,
            "language": language,
        }


def environment(app: web.Application, language: str) -> jinja2.Environment:
    return aiohttp_jinja2.get_env(app, app_key=_KEYS[language])


def render(app: web.Application, language: str, name: str, context: dict[str, Any], block: str | None) -> str:
    """A whole page, or one block of it for a request that htmx makes."""
    template = environment(app, language).get_template(name)
    if block is None:
        return template.render(context)
    prepared = template.new_context(context)
    # The template's imports and macros stand before its first piece of output, and blocks count on them.
    next(template.root_render_func(prepared))
    return "".join(template.blocks[block](prepared))


def _filters(language: str) -> dict[str, Callable[..., str]]:
    def number(value: float) -> str:
        return numbers.format_decimal(value, locale=language)

    def span(value: timedelta) -> str:
        """How long, in the one unit that matters: "3 giờ"."""
        return dates.format_timedelta(value, locale=language, threshold=1.2)

    return {
        "number": number,
        "span": span,
        "moment": moment,
        "day": day,
        "hour": hour,
        "device": device,
        "phone": display_phone,
        "channel": channel,
        "money": money,
    }


def moment(value: datetime) -> str:
    """21/11/2026 14:05, as clocks in Vietnam showed it."""
    return f"{in_vietnam(value):%d/%m/%Y %H:%M}"


def hour(value: datetime) -> str:
    return f"{in_vietnam(value):%H:%M}"


def day(value: datetime) -> str:
    return f"{in_vietnam(value):%d/%m/%Y}"


def money(dong: int) -> str:
    """6.600 đ, in every language as people in Viet Nam write it."""
    return f"{dong:,}".replace(",", ".") + " đ"


def channel(name: str) -> str:
    """A channel's name for people; which channels there are, only they know."""
    words_of_it = name.split("_")
    return " ".join(
        [words_of_it[0].capitalize(), *(word.upper() if len(word) < 3 else word for word in words_of_it[1:])]
    )


_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
_BROWSERS = (
    ("Zalo", "Zalo"),
    ("coc_coc", "Cốc Cốc"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def device(agent: str, unknown: str) -> str:
    """What a browser calls itself, said as a person would: "Chrome, Windows"."""
    found = [next((name for mark, name in marks if mark in agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in found if name) or unknown
