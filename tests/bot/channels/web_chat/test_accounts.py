from pathlib import Path

import pytest

from bot.channels.tools import Tools
from bot.channels.web_chat.accounts import create, open_accounts
from bot.errors import ConfigurationError
from bot.languages import Languages
from bot.store.database import Database
from bot.web.assets import Assets, build
from config.settings import Settings, read_settings
from tests.conftest import MovingClock


async def test_the_web_chat_is_there_with_nothing_set_and_stays_the_same_account(
    database: Database, clock: MovingClock, assets: Assets
) -> None:
    settings = Settings()
    ids = []
    for _ in range(2):
        async with database.writing() as connection:
            (account,) = await open_accounts(connection, settings, clock())
        ids.append(account.account_id)
    assert ids[0] == ids[1]
    tools = Tools(
        settings, database, assets, Languages({}), clock, "secret", lambda _language: "Dạ em chào chị!"
    )
    assert create(account, tools).link("AB") == f"{settings.web_address}/chat?ma=AB"


@pytest.mark.parametrize("origins", ["hoi.vn", "https://hoi.vn; script-src *", "https://hoi.vn/chat", "*"])
def test_a_widget_origin_that_is_none_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, origins: str
) -> None:
    monkeypatch.setenv("CHIHOI_WIDGET_ORIGINS", origins)
    with pytest.raises(ConfigurationError, match="CHIHOI_WIDGET_ORIGINS"):
        read_settings()


def test_a_proxy_that_is_no_address_is_refused_at_start_without_showing_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHIHOI_TRUSTED_PROXIES", "127.0.0.1 nginx")
    with pytest.raises(
        ConfigurationError, match=r"CHIHOI_TRUSTED_PROXIES: .*addresses or networks"
    ) as refused:
        read_settings()
    assert "nginx" not in str(refused.value)


def test_the_page_stays_light_for_old_phones_and_slow_lines(tmp_path: Path) -> None:
    build(folder=tmp_path)
    built = Assets.load(tmp_path)
    sizes = [(tmp_path / built.names[name]).stat().st_size for name in ("chat.css", "chat.js", "lotus.svg")]
    assert sum(sizes) < 30_000
