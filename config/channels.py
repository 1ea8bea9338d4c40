"""Settings of connected accounts, one shape per platform (CHANNELS, «Config.»)."""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    SecretStr,
    Tag,
    model_validator,
)

from config.kinds import Token, WebAddress, address_of, is_secret, secret_of, whole

Mode = Literal["webhook", "polling"]
_PROXY = address_of("http", "socks4", "socks5", example="socks5://proxy.example:1080")


def _digits(value: Any) -> Any:
    """An id of a platform; TOML may give it as a number."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not re.fullmatch("[0-9]{1,32}", text):
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


class OutsideChannel(Channel):
    """An account of a platform that lives in a package of its own, named by its dotted path.

    What is not of every account is handed on to the package as it is: text of variables stays
    text. Texts whose names say that they are secret are kept as secrets.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    platform: Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")]

    @model_validator(mode="before")
    @classmethod
    def _with_secrets(cls, values: Any) -> Any:
        own = cls.model_fields
        if not isinstance(values, dict):
            return values
        return {k: v if k in own else _guarded(k, v) for k, v in values.items()}


def _guarded(name: str, value: Any) -> Any:
    """The value of a setting with what must not be shown in it made secret."""
    if isinstance(value, dict):
        return {key: _guarded(f"{name}_{key}", inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_guarded(name, inner) for inner in value]
    return SecretStr(value) if isinstance(value, str) and is_secret(name) else value


PLATFORMS: dict[str, type[Channel]] = {
    "telegram": TelegramChannel,
    "vk": VkChannel,
    "viber": ViberChannel,
    "max": MaxChannel,
    "messenger": MessengerChannel,
}

#: Where pydantic's findings stand that concern a platform outside.
OUTSIDE = "outside"


def _shape(values: Any) -> Any:
    """Which of the shapes is meant, by the name of the platform."""
    own = isinstance(values, dict)
    platform = values.get("platform") if own else getattr(values, "platform", None)
    return OUTSIDE if isinstance(platform, str) and "." in platform else platform


AnyChannel = Annotated[
    Annotated[TelegramChannel, Tag("telegram")]
    | Annotated[VkChannel, Tag("vk")]
    | Annotated[ViberChannel, Tag("viber")]
    | Annotated[MaxChannel, Tag("max")]
    | Annotated[MessengerChannel, Tag("messenger")]
    | Annotated[OutsideChannel, Tag(OUTSIDE)],
    Discriminator(_shape),
]
