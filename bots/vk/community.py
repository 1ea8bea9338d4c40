"""What VK says of a community and of our way in, and what it should say. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from bots.vk.capabilities import COMMENT_EVENT, EVENTS
from bots.vk.settings import VkSettings
from core.errors import ChannelError


class Community(msgspec.Struct, frozen=True, kw_only=True):
    """What VK says of the community and of us.

    trouble: it could not be asked. club: id of the community the token belongs to, 0 unknown.
    rights: of the token. server: ours among the Callback servers, None when it is not there.
    events: switched on for our way in. long_poll: whether it is on.
    """

    trouble: ChannelError | None = None
    club: int = 0
    rights: frozenset[str] = frozenset()
    server: Mapping[str, Any] | None = None
    events: frozenset[str] = frozenset()
    long_poll: bool = False


def wanted_events(settings: VkSettings) -> tuple[str, ...]:
    """What is to be switched on."""
    return (*EVENTS, COMMENT_EVENT) if settings.comments else EVENTS


def missing(events: frozenset[str], settings: VkSettings) -> list[str]:
    """Events that are to be on and are not."""
    return [event for event in wanted_events(settings) if event not in events]


def switched_on(events: Any) -> frozenset[str]:
    """Names of the events that VK's answer calls on."""
    if not isinstance(events, dict):
        return frozenset()
    return frozenset(str(name) for name, value in events.items() if value in (1, True))
