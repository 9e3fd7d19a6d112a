"""Every setting of the service, typed. Built once in main.py and handed on; no other module reads the environment.

Settings say how the service runs; what officers change are rows. Each is an environment variable `CHIHOI_...`, a line
of `.env`, or a file of that name in `CHIHOI_SECRETS_DIR`. A wrong setting stops the start with one message that names all
of them and shows none of their values.
"""

import ipaddress
import os
import secrets
from pathlib import Path
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import ConfigurationError

_HOUR = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class Settings(BaseSettings):
    """How the service runs. Defaults let a newcomer start with nothing set."""

    model_config = SettingsConfigDict(
        env_prefix="CHIHOI_", env_file=".env", extra="ignore", hide_input_in_errors=True, frozen=True
    )

    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(
        8080, ge=0, le=65535, description="Port the web server listens on; 0 lets the system choose."
    )
    public_url: str = Field(
        "", pattern=r"^(https?://[^/\s]+)?$",
        description="The address people reach the service at, without a slash at the end. Empty: this machine only.",
    )  # fmt: skip
    trusted_proxies: str = Field(
        "",
        description="Addresses or networks of proxies in front of the service, separated by spaces: their X-Forwarded-For is believed.",
    )  # fmt: skip
    widget_origins: str = Field(
        "", pattern=r"^(https?://[^/\s;,]+( +https?://[^/\s;,]+)*)?$",
        description="Websites that may show the chat in a frame, as https://host, separated by spaces. Empty: none.",
    )  # fmt: skip
    data_dir: Path = Field(Path("data"), description="Folder for the SQLite database and the key file.")
    database_url: str = Field(
        "", pattern=r"^(sqlite\+aiosqlite:///.+|postgresql\+psycopg://.+)?$",
        description="SQLAlchemy URL. Empty: SQLite in the data folder.",
    )  # fmt: skip
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Key for secrets at rest and cookies. Empty: made once, kept in the data folder.",
    )
    organisation: str = Field(
        "Hội Liên hiệp Phụ nữ thành phố Cần Thơ",
        min_length=1,
        description="Whose assistant it is, as members are told.",
    )
    contact_line: str = Field(
        "Hội Phụ nữ xã/phường nơi chị ở",
        min_length=1,
        description="Whom to turn to about one's data, named in the consent notice.",
    )
    keep_messages_days: int = Field(
        90, ge=30, description="Days that messages and the interaction log are kept; deleted afterwards."
    )
    log_level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="Least severe log line to print."
    )
    log_json: bool = Field(False, description="Log lines as JSON instead of text.")

    send_in_flight: int = Field(100, ge=1, le=1000, description="Sends under way at once, for each account.")
    send_lease_s: float = Field(
        60,
        ge=1,
        description="Seconds after which a send that was claimed by a dead process counts as uncertain.",
    )

    send_from: str = Field(
        "07:00",
        pattern=_HOUR,
        description="From when on announcements are sent, in Viet Nam; at night they wait unless an officer agreed to the night.",
    )
    send_until: str = Field(
        "21:00", pattern=_HOUR, description="Until when announcements are sent; 00:00 is midnight."
    )
    most_per_day: int = Field(
        1, ge=0, description="Announcements to one member in a day, urgent ones apart; later ones wait. 0: no bound."
    )  # fmt: skip
    most_per_week: int = Field(3, ge=0, description="The same, in seven days.")
    approval_above: int = Field(
        200,
        ge=0,
        description="An announcement to more people than this needs a second person's word. 0: any.",
    )
    approval_beyond_commune: bool = Field(
        True, description="Whether an announcement to more than one commune needs a second person's word."
    )

    telegram_token: SecretStr = Field(SecretStr(""), description="Telegram bot token. Empty: no Telegram.")
    telegram_base_url: str = Field(
        "https://api.telegram.org/bot", description="Prefix of Telegram's methods."
    )
    telegram_file_base_url: str = Field(
        "https://api.telegram.org/file/bot", description="Prefix of Telegram's files."
    )
    telegram_per_second: float = Field(
        28,
        ge=0,
        le=1000,
        description="Messages a second from the Telegram bot (Telegram allows about 30); 0: no pace is kept.",
    )
    telegram_send_timeout_s: float = Field(
        30, gt=0, description="Seconds to wait for Telegram's answer to a send."
    )

    zalo_bot_token: SecretStr = Field(SecretStr(""), description="Zalo bot token. Empty: no Zalo bot.")
    zalo_bot_base_url: str = Field(
        "https://bot-api.zaloplatforms.com/bot", description="Prefix of the Zalo bot's methods."
    )
    zalo_bot_per_second: float = Field(
        5,
        ge=0,
        le=1000,
        description="Messages a second from the Zalo bot (Zalo names no limit); 0: no pace is kept.",
    )
    zalo_bot_send_timeout_s: float = Field(
        30, gt=0, description="Seconds to wait for Zalo's answer to a send."
    )
    zalo_bot_monthly_messages: int = Field(
        3000,
        ge=0,
        description="Messages a month, both ways, in the Zalo bot's plan; 0: no bound.",
    )
    zalo_bot_users: int = Field(50, ge=0, description="People in the Zalo bot's plan; 0: no bound.")
    zalo_bot_groups: bool = Field(
        False, description="Whether the Zalo bot answers in groups, where everybody reads the answer."
    )

    zalo_app_id: str = Field(
        "",
        pattern=r"^[0-9]{0,40}$",
        description="Id of the Zalo app that the Official Accounts are linked to. Empty: no Official Account.",
    )
    zalo_app_secret: SecretStr = Field(SecretStr(""), description="The Zalo app's secret key, for OAuth.")
    zalo_oa_secret_key: SecretStr = Field(
        SecretStr(""),
        description="The OA Secret Key that Zalo signs its webhooks with (another one than the app's secret).",
    )
    zalo_oa_base_url: str = Field("https://openapi.zalo.me", description="Prefix of Zalo's OA API.")
    zalo_oauth_base_url: str = Field("https://oauth.zaloapp.com", description="Prefix of Zalo's OAuth pages.")
    zalo_business_base_url: str = Field(
        "https://business.openapi.zalo.me",
        description="Prefix of Zalo's API for templates and for sending by phone.",
    )
    zalo_oa_pkce: Literal["per_request", "fixed", "none"] = Field(
        "per_request",
        description="How connecting proves itself: a fresh code each time, the code set in Zalo's console, or none.",
    )
    zalo_oa_code_verifier: SecretStr = Field(
        SecretStr(""), description="The code verifier set in Zalo's console, for CHIHOI_ZALO_OA_PKCE=fixed."
    )
    zalo_oa_appsecret_proof: bool = Field(
        False, description="Whether each call carries the proof that Zalo's console can demand."
    )
    zalo_oa_per_second: float = Field(
        20, ge=0, le=1000, description="Messages a second from each Official Account; 0: no pace is kept."
    )
    zalo_app_per_minute: int = Field(
        4000, ge=1, description="Calls a minute that Zalo allows the app, all its Official Accounts together."
    )
    zalo_oa_send_timeout_s: float = Field(
        30, gt=0, description="Seconds to wait for Zalo's answer to a send from an Official Account."
    )
    zalo_oa_buttons_template_type: bool = Field(
        False, description="Whether messages with buttons name their template type, should Zalo demand it."
    )
    zalo_oa_mirror_tags: bool = Field(
        False, description="Whether marks on people are kept the same here and in Zalo's own tool."
    )
    human_quiet_minutes: int = Field(
        120,
        ge=0,
        description="Minutes that the assistant keeps quiet in a chat after somebody of the Union wrote there by hand.",
    )
    media_max_mb: int = Field(
        10, ge=1, le=100, description="Largest picture or file of a member that is fetched."
    )
    allow_private_media: bool = Field(
        False,
        description="Whether files may be fetched from addresses of this machine or its network; for trying out only.",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _names_networks(cls, given: str) -> str:
        try:
            for entry in given.split():
                ipaddress.ip_network(entry, strict=False)
        except ValueError:
            raise ValueError("should be addresses or networks, as 127.0.0.1 or 10.0.0.0/8") from None
        return given

    @model_validator(mode="after")
    def _lease_outlives_a_send(self) -> Self:
        if self.send_lease_s <= self.telegram_send_timeout_s:
            raise ValueError("CHIHOI_SEND_LEASE_S must be longer than CHIHOI_TELEGRAM_SEND_TIMEOUT_S")
        if self.zalo_bot_token.get_secret_value() and self.send_lease_s <= self.zalo_bot_send_timeout_s:
            raise ValueError("CHIHOI_SEND_LEASE_S must be longer than CHIHOI_ZALO_BOT_SEND_TIMEOUT_S")
        if self.zalo_app_id and self.send_lease_s <= self.zalo_oa_send_timeout_s:
            raise ValueError("CHIHOI_SEND_LEASE_S must be longer than CHIHOI_ZALO_OA_SEND_TIMEOUT_S")
        return self

    @model_validator(mode="after")
    def _day_has_hours(self) -> Self:
        # Both are written HH:MM, so they compare as text.
        if self.send_until <= self.send_from and self.send_until != "00:00":
            raise ValueError("CHIHOI_SEND_UNTIL must be later than CHIHOI_SEND_FROM, or 00:00 for midnight")
        return self

    @model_validator(mode="after")
    def _zalo_app_is_whole(self) -> Self:
        if self.zalo_app_id and not self.zalo_app_secret.get_secret_value():
            raise ValueError("CHIHOI_ZALO_APP_ID needs CHIHOI_ZALO_APP_SECRET: Zalo's console shows both")
        if self.zalo_oa_pkce == "fixed" and not self.zalo_oa_code_verifier.get_secret_value():
            raise ValueError("CHIHOI_ZALO_OA_PKCE=fixed needs CHIHOI_ZALO_OA_CODE_VERIFIER")
        return self

    @property
    def database_address(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'chihoi.sqlite'}"

    @property
    def web_address(self) -> str:
        """The address to print and to build links with."""
        return self.public_url or f"http://{self.host}:{self.port}"


def read_settings() -> Settings:
    """The settings of this process. Raises ConfigurationError naming every wrong one."""
    secrets_dir = os.environ.get("CHIHOI_SECRETS_DIR")
    try:
        return Settings(_secrets_dir=secrets_dir)
    except ValidationError as exc:
        faults = [
            f"CHIHOI_{'_'.join(str(part) for part in error['loc']).upper()}: {_words_of(error)}"
            if error["loc"]
            else _words_of(error)
            for error in exc.errors(include_input=False, include_url=False)
        ]
        raise ConfigurationError("\n".join(faults)) from None


def _words_of(error: ErrorDetails) -> str:
    # pydantic puts "Value error, " before the sentences that the validators above raise.
    return error["msg"].removeprefix("Value error, ")


def secrets_of(settings: Settings) -> list[str]:
    """What may stand in no log line."""
    given = [value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)]
    password = urlsplit(settings.database_url).password or ""
    return [secret for secret in (*given, secret_key(settings), password, unquote(password)) if secret]


def secret_key(settings: Settings) -> str:
    """The key in force: the setting, or one made at first start and kept, readable by its owner only, in the data folder."""
    if given := settings.secret_key.get_secret_value():
        return given
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    path = settings.data_dir / "secret.key"
    try:
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
        ) as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii").strip()
