"""The JSON shapes of a person's own account."""

from collections.abc import Mapping
from typing import Any, Literal

from bots.desk.schemas import Moment, Named, Operator, Shape

Event = Literal["queue", "message", "mention", "deadline", "handed_over"]


class Sound(Shape):
    """How one kind of event makes itself known. scope: whose dialogs; volume: percent."""

    scope: Literal["off", "mine", "queues", "all"]
    sound: bool
    notice: bool
    title: bool
    volume: int


class Settings(Shape):
    """What the desk looks and sounds like for one person. locale: null for the browser's.

    keys: only those that were changed. version: for the next change."""

    locale: Literal["ru", "en"] | None
    theme: Literal["auto", "light", "dark"]
    keys: dict[str, str]
    sounds: dict[Event, Sound]
    enter_sends: bool
    version: int


class Session(Shape):
    """Who is signed in, and until when. totp: codes are asked for beside the password."""

    operator: Operator
    roles: list[str]
    queues: list[str]
    settings: Settings
    totp: bool
    zone: str
    locales: list[str]
    idle_until: Moment
    ends_at: Moment
    server_at: Moment
    build: str


class SessionItem(Shape):
    """A signed-in browser."""

    id: str
    operator: Named
    created_at: Moment
    last_at: Moment
    ip: str
    browser: str
    current: bool


class TotpSecret(Shape):
    """For an authenticator app: typed in, or as a picture of the address."""

    secret: str
    uri: str


class RecoveryCodes(Shape):
    """Each signs in once instead of a code of the app."""

    recovery: list[str]


_SOUNDS: Mapping[Event, Mapping[str, Any]] = {
    "queue": {"scope": "queues", "sound": True, "notice": True, "title": True, "volume": 70},
    "message": {"scope": "mine", "sound": True, "notice": False, "title": True, "volume": 50},
    "mention": {"scope": "mine", "sound": True, "notice": True, "title": True, "volume": 70},
    "deadline": {"scope": "queues", "sound": True, "notice": False, "title": True, "volume": 70},
    "handed_over": {"scope": "mine", "sound": True, "notice": True, "title": True, "volume": 70},
}


def settings_of(chosen: Mapping[str, Any], version: int) -> Settings:
    """What was chosen over what everybody begins with."""
    sounds = chosen.get("sounds") or {}
    return Settings(
        locale=chosen.get("locale"),
        theme=chosen.get("theme", "auto"),
        keys=dict(chosen.get("keys") or {}),
        sounds={
            event: Sound(**{**usual, **sounds.get(event, {})}) for event, usual in _SOUNDS.items()
        },
        enter_sends=chosen.get("enter_sends", True),
        version=version,
    )
