"""Settings of connected accounts, one shape per platform (CHANNELS, «Config.»)."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from config.kinds import Token, WebAddress, address_of, secret_of, whole

Mode = Literal["webhook", "polling"]
_PROXY = address_of("http", "socks4", "socks5", example="socks5://proxy.example:1080")


def _digits(value: Any) -> Any:
    """An id of a platform; TOML may give it as a number."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not (text.isascii() and text.isdigit()):
        raise ValueError("digits only")
    return text


Digits = Annotated[str, BeforeValidator(_digits)]


class Channel(BaseModel):
    """What every account has. public_url: of this account's webhook, where it differs.

    signed_by: the key without which a webhook of this platform would believe anybody, and its
    form; a webhook without it is refused at the start.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    signed_by: ClassVar[str] = ""

    enabled: bool = True
    public_url: WebAddress | None = None
    api_url: WebAddress | None = None


class TelegramChannel(Channel):
    signed_by = "secret"

    platform: Literal["telegram"]
    token: Annotated[
        SecretStr,
        secret_of(
            r"[0-9]{3,20}:[A-Za-z0-9_-]{5,100}", "digits, a colon and letters, as BotFather gave it"
        ),
    ]
    secret: (
        Annotated[SecretStr, secret_of(r"[A-Za-z0-9_-]{1,256}", "1 to 256 of A-Z a-z 0-9 _ -")]
        | None
    ) = None
    mode: Mode = "webhook"
    proxy: Annotated[str, _PROXY] | None = Field(default=None, repr=False)
    max_connections: Annotated[int, whole(1, 100)] = 8


class VkChannel(Channel):
    signed_by = "secret"

    platform: Literal["vk"]
    token: Token
    group_id: Digits
    secret: (
        Annotated[SecretStr, secret_of(r"[A-Za-z0-9_-]{1,50}", "1 to 50 of A-Z a-z 0-9 _ -")] | None
    ) = None
    confirmation: str | None = None
    mode: Mode = "webhook"
    intent: str | None = None
    comments: bool = False


class ViberChannel(Channel):
    platform: Literal["viber"]
    token: Token
    sender_name: str | None = Field(default=None, max_length=28)
    sender_avatar: WebAddress | None = None


class MaxChannel(Channel):
    signed_by = "secret"

    platform: Literal["max"]
    token: Token
    secret: (
        Annotated[SecretStr, secret_of(r"[A-Za-z0-9-]{5,256}", "5 to 256 of A-Z a-z 0-9 -")] | None
    ) = None
    mode: Mode = "webhook"
    ca_file: str | None = None


class MessengerChannel(Channel):
    platform: Literal["messenger"]
    page_id: Digits
    token: Token
    app_secret: Token
    verify_token: Token
    api_version: str = Field(default="v25.0", pattern=r"^v[0-9]{1,3}\.[0-9]$")
    human_agent: bool = False


class SiteChannel(Channel):
    platform: Literal["site"]


PLATFORMS: dict[str, type[Channel]] = {
    "telegram": TelegramChannel,
    "vk": VkChannel,
    "viber": ViberChannel,
    "max": MaxChannel,
    "messenger": MessengerChannel,
    "site": SiteChannel,
}

AnyChannel = Annotated[
    TelegramChannel | VkChannel | ViberChannel | MaxChannel | MessengerChannel | SiteChannel,
    Field(discriminator="platform"),
]
