"""The guides in Vietnamese tell officers every page and every word that the product knows."""

import re
from pathlib import Path

import pytest
from aiohttp import web

from bot.text import squeeze
from handlers.members.commands import _COMMANDS
from handlers.officers import frame

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GUIDE = (DOCS / "huong-dan.md").read_text("utf-8")
SPANS = re.findall(r"`([^`]+)`", GUIDE)
PAGES = sorted(
    {
        re.sub(r"\{[^}]*\}", "…", route.path)
        for route in frame.routes()
        if isinstance(route, web.RouteDef) and route.method == "GET"
    }
)


@pytest.mark.parametrize("address", PAGES)
def test_every_page_of_the_console_stands_in_the_guide(address: str) -> None:
    assert address in SPANS


def test_the_guide_names_no_page_that_is_not_there() -> None:
    assert sorted(span for span in SPANS if span.startswith("/")) == PAGES


@pytest.mark.parametrize("word", sorted(_COMMANDS))
def test_every_word_that_members_can_type_stands_in_the_guide(word: str) -> None:
    assert word in {squeeze(span) for span in SPANS}


@pytest.mark.parametrize("path", [*ROOT.glob("*.md"), *DOCS.rglob("*.md")], ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(path: Path) -> None:
    links = re.findall(r"""(?:\]\(|src=")([^)"#:]+)(?:#[^)]*)?[)"]""", path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []
