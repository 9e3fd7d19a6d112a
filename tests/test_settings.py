"""What an operator is told when the settings are wrong, and that no secret stands in it."""

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.errors import ConfigurationError
from config.settings import Settings, read_settings, secret_key, secrets_of

SECRETS = {
    "CHIHOI_TELEGRAM_TOKEN": "123456789:AAnever_to_be_printed_token",
    "CHIHOI_ZALO_BOT_TOKEN": "987654321:never_to_be_printed_either",
    "CHIHOI_SECRET_KEY": "never-to-be-printed-key",
    "CHIHOI_DATABASE_URL": "postgresql+psycopg://hoi:never-to-be-printed-password@127.0.0.1/hoi",
}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of this machine: neither of its environment nor of a `.env`."""
    import os

    for name in [name for name in os.environ if name.startswith("CHIHOI_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_nothing_needs_to_be_set() -> None:
    settings = read_settings()
    assert settings.database_address == "sqlite+aiosqlite:///data/chihoi.sqlite"
    assert settings.web_address == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("PUBLIC_URL", "hoi.example"),
        ("PUBLIC_URL", "https://hoi.example/"),
        ("TRUSTED_PROXIES", "the-proxy"),
        ("WIDGET_ORIGINS", "hoi.example"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://hoi:never-to-be-printed-password@127.0.0.1/hoi"),
        ("ORGANISATION", ""),
        ("CONTACT_LINE", ""),
        ("LOG_LEVEL", "chatty"),
        ("LOG_JSON", "perhaps"),
        ("KEEP_MESSAGES_DAYS", "1"),
        ("SEND_IN_FLIGHT", "0"),
        ("SEND_LEASE_S", "0"),
        ("SEND_FROM", "7h"),
        ("SEND_FROM", "22:00"),
        ("SEND_UNTIL", "25:00"),
        ("SEND_UNTIL", "07:00"),
        ("MOST_PER_DAY", "-1"),
        ("MOST_PER_WEEK", "few"),
        ("APPROVAL_ABOVE", "-1"),
        ("APPROVAL_BEYOND_COMMUNE", "perhaps"),
        ("TELEGRAM_PER_SECOND", "-1"),
        ("TELEGRAM_SEND_TIMEOUT_S", "0"),
        ("ZALO_BOT_PER_SECOND", "-1"),
        ("ZALO_BOT_SEND_TIMEOUT_S", "0"),
        ("ZALO_BOT_MONTHLY_MESSAGES", "many"),
        ("ZALO_BOT_USERS", "-1"),
        ("ZALO_BOT_GROUPS", "perhaps"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_secret_is_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    for secret, its_value in SECRETS.items():
        monkeypatch.setenv(secret, its_value)
    monkeypatch.setenv(f"CHIHOI_{name}", value)
    with pytest.raises(ConfigurationError) as refused:
        read_settings()
    assert f"CHIHOI_{name}" in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    assert "never" not in f"{refused.value!r} {refused.value}"


def test_all_wrong_settings_are_named_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PORT": "eighty", "LOG_LEVEL": "chatty", "SEND_IN_FLIGHT": "many"}.items():
        monkeypatch.setenv(f"CHIHOI_{name}", value)
    with pytest.raises(ConfigurationError) as refused:
        read_settings()
    lines = str(refused.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "CHIHOI_PORT",
        "CHIHOI_LOG_LEVEL",
        "CHIHOI_SEND_IN_FLIGHT",
    ]


def test_a_lease_that_ends_before_a_send_may_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIHOI_SEND_LEASE_S", "30")
    with pytest.raises(ConfigurationError, match="CHIHOI_SEND_LEASE_S must be longer"):
        read_settings()


def test_a_lease_must_outlive_a_zalo_bots_send_only_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHIHOI_SEND_LEASE_S", "40")
    monkeypatch.setenv("CHIHOI_ZALO_BOT_SEND_TIMEOUT_S", "40")
    read_settings()
    monkeypatch.setenv("CHIHOI_ZALO_BOT_TOKEN", SECRETS["CHIHOI_ZALO_BOT_TOKEN"])
    with pytest.raises(ConfigurationError, match="longer than CHIHOI_ZALO_BOT_SEND_TIMEOUT_S"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ZALO_APP_ID", "1", "CHIHOI_ZALO_APP_ID needs CHIHOI_ZALO_APP_SECRET"),
        ("SEND_LEASE_S", "30", "CHIHOI_SEND_LEASE_S must be longer"),
        ("TRUSTED_PROXIES", "the-proxy", "CHIHOI_TRUSTED_PROXIES: should be addresses"),
    ],
)
def test_a_sentence_of_ours_stands_without_the_librarys_words(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(f"CHIHOI_{name}", value)
    with pytest.raises(ConfigurationError) as refused:
        read_settings()
    assert str(refused.value).startswith(sentence)


def test_settings_do_not_show_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CHIHOI_TELEGRAM_TOKEN", "CHIHOI_ZALO_BOT_TOKEN", "CHIHOI_SECRET_KEY"):
        monkeypatch.setenv(name, SECRETS[name])
    settings = read_settings()
    assert "never" not in f"{settings!r} {settings} {settings.model_dump()}"


def test_settings_are_read_from_a_file_and_secrets_from_files_of_their_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("CHIHOI_PORT=8099\nCHIHOI_LOG_JSON=1\n", encoding="utf-8")
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "chihoi_telegram_token").write_text("1:from-a-file\n", encoding="utf-8")
    monkeypatch.setenv("CHIHOI_SECRETS_DIR", str(folder))
    settings = read_settings()
    assert (settings.port, settings.log_json) == (8099, True)
    assert settings.telegram_token.get_secret_value() == "1:from-a-file"


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    key = secret_key(settings)
    assert len(key) >= 32
    assert secret_key(settings) == key
    kept = tmp_path / "new" / "secret.key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert secret_key(Settings(data_dir=tmp_path, secret_key=SecretStr("given"))) == "given"


def test_every_secret_in_force_is_kept_from_the_log(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        telegram_token=SecretStr("1:token"),
        zalo_bot_token=SecretStr("2:token"),
        database_url="postgresql+psycopg://hoi:a%40b@127.0.0.1/hoi",
    )
    assert set(secrets_of(settings)) == {"1:token", "2:token", secret_key(settings), "a%40b", "a@b"}
