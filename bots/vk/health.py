"""What VK's answers tell about a community's health. Pure."""

from typing import Literal

from bots.vk.capabilities import COMMENT_RIGHT, RIGHTS
from bots.vk.community import Community, missing, wanted_events
from bots.vk.settings import VkSettings
from core.channel import Finding
from core.errors import ChannelUnavailable, MessageRejected

Level = Literal["OK", "WARN", "FAIL"]

_AGAIN = "Restart this process, or run `otklik doctor --fix`."


def findings(state: Community, settings: VkSettings) -> tuple[Finding, ...]:
    """One line of figures, of the worst level, then what is behind it."""
    if state.trouble is not None:
        return (_unasked(state),)
    details = _account(state, settings)
    details += _polling(state, settings) if settings.mode == "polling" else _callback(state)
    absent = missing(state.events, settings)
    has_way = state.long_poll if settings.mode == "polling" else state.server is not None
    if absent and has_way:  # without a way in its events are no trouble of their own
        text = f"events not subscribed: {', '.join(absent)}"
        details.append(Finding(level="FAIL", text=text, remedy=_AGAIN))
    levels = {finding.level for finding in details}
    wanted = len(wanted_events(settings))
    way = f"longpoll={'on' if state.long_poll else 'off'}"
    if settings.mode == "webhook":
        way = f"callback={_status(state)}"
    line = f"club{state.club or settings.group_id} {way} events={wanted - len(absent)}/{wanted}"
    level: Level = "FAIL" if "FAIL" in levels else "WARN" if levels else "OK"
    return (Finding(level=level, text=line), *details)


def _unasked(state: Community) -> Finding:
    trouble = state.trouble
    if isinstance(trouble, ChannelUnavailable):
        if trouble.reason == "auth":
            remedy = "Make a new token in the community's settings, «API usage»."
            return Finding(level="FAIL", text=f"token refused: {trouble.detail}", remedy=remedy)
        text = f"unreachable {trouble.reason} {trouble.detail}".strip()
        remedy = "Check api_url and the network between here and VK."
        return Finding(level="FAIL", text=text, remedy=remedy)
    if isinstance(trouble, MessageRejected):
        text = f"VK refuses to tell: {trouble.code} {trouble.detail}".strip()
        remedy = "Check `group_id`, and what the token may do."
        return Finding(level="FAIL", text=text, remedy=remedy)
    return Finding(level="WARN", text=str(trouble), remedy="Try again in a minute.")


def _account(state: Community, settings: VkSettings) -> list[Finding]:
    found = []
    if state.club and state.club != settings.group_id:
        text = f"the token belongs to club{state.club}, the settings name {settings.group_id}"
        remedy = "Set `group_id` to the community of the token."
        found.append(Finding(level="FAIL", text=text, remedy=remedy))
    rights = (*RIGHTS, COMMENT_RIGHT) if settings.comments else RIGHTS
    absent = [right for right in rights if right not in state.rights]
    if absent:
        text = f"the token may not: {', '.join(absent)}"
        remedy = "Make a token with these rights in the community's settings, «API usage»."
        found.append(Finding(level="FAIL", text=text, remedy=remedy))
    return found


def _callback(state: Community) -> list[Finding]:
    found = []
    status = _status(state)
    if status == "none":
        text = "our address is not among the Callback servers"
        found.append(Finding(level="FAIL", text=text, remedy=_AGAIN))
    elif status == "failed":
        remedy = "Check that public_url is reachable from outside, then restart this process."
        text = "VK stopped delivering: too many of its requests failed"
        found.append(Finding(level="FAIL", text=text, remedy=remedy))
    elif status != "ok":
        text = f"our address is not confirmed yet ({status})"
        found.append(Finding(level="WARN", text=text, remedy="Look again in a minute."))
    if state.long_poll and state.server is not None:
        found.append(_both())
    return found


def _polling(state: Community, settings: VkSettings) -> list[Finding]:
    found = []
    if not state.long_poll:
        text = "Long Poll is off while mode=polling"
        found.append(Finding(level="FAIL", text=text, remedy=_AGAIN))
    if state.server is not None:
        found.append(_both())
    return found


def _both() -> Finding:
    text = "Long Poll and the Callback API are both on, so every event comes twice"
    return Finding(level="FAIL", text=text, remedy=_AGAIN)


def _status(state: Community) -> str:
    return str(state.server.get("status", "?")) if state.server is not None else "none"
