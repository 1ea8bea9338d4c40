"""A message of ours changed or taken away at VK, where it stands in a person's dialog."""

from collections.abc import Iterable
from typing import Any

from bots.vk.attachments import media
from bots.vk.client import Client
from core.errors import MalformedUpdate, MessageRejected

Message = dict[str, Any]

#: What stays by `keep_snippets`; nobody attached it, VK found it in the text.
_SNIPPETS = frozenset({"link"})


async def edited(client: Client, group: int, peer: int, platform_id: str, text: str) -> None:
    """Replaces the text and leaves the rest as it is; the same text again changes nothing.

    VK drops every attachment that an edit does not name, so the message is looked at first. It
    refuses what is older than a day (error 909, dev.vk.com/method/messages.edit). Raises
    ChannelError."""
    message = await _standing(client, group, peer, platform_id)
    if message is None:
        raise MessageRejected("no_message", "VK has no such message")
    arguments = {
        "peer_id": peer,
        **_one(platform_id, "message_id", "cmid"),
        "message": text,
        "keep_forward_messages": 1,  # a quoted message is one of them
        "keep_snippets": 1,
        "group_id": group,
        **_attached(message),
    }
    await client.call("messages.edit", arguments)


async def erased(client: Client, group: int, peer: int, platform_id: str) -> None:
    """Takes it away from both sides of the dialog; what is gone already is no failure.

    VK refuses what is older than a day (error 924, dev.vk.com/method/messages.delete), and tells
    of each message by itself whether it went. Raises ChannelError."""
    arguments = {
        "peer_id": peer,
        **_one(platform_id, "message_ids", "cmids"),
        "delete_for_all": 1,
        "group_id": group,
    }
    answer = await client.call("messages.delete", arguments)
    if _is_done(answer) or await _standing(client, group, peer, platform_id) is None:
        return
    raise MessageRejected("not_deleted", "VK did not delete the message")


async def _standing(client: Client, group: int, peer: int, platform_id: str) -> Message | None:
    """The message as VK holds it now; None when it is gone."""
    asked = {"peer_id": peer, **_one(platform_id, "message_ids", "cmids"), "group_id": group}
    answer = await client.call("messages.getById", asked)
    items = answer.get("items") if isinstance(answer, dict) else None
    message = items[0] if isinstance(items, list) and items else None
    return message if isinstance(message, dict) and not message.get("deleted") else None


def _one(platform_id: str, by_id: str, by_number: str) -> dict[str, str]:
    """How a call names the message: by VK's id, or by its number within the dialog."""
    name, number = (by_id, platform_id) if platform_id[:1] != "c" else (by_number, platform_id[1:])
    if not number.isdecimal():
        raise MessageRejected("no_message", "this is no id of a message")
    return {name: number}


def _attached(message: Message) -> dict[str, Any]:
    """What hangs on a message, in the words of a request. Raises MessageRejected for what could
    not be put back."""
    hanging = [item for item in message.get("attachments") or () if not _is_snippet(item)]
    try:
        files = media({**message, "attachments": hanging, "fwd_messages": []})
    except MalformedUpdate:
        raise MessageRejected("attachments", "what is attached cannot be kept") from None
    found: dict[str, Any] = {}
    names = []
    for file in files:
        if file.kind == "location":
            found.update(lat=file.latitude, long=file.longitude)
        elif file.platform_file:
            names.append(file.platform_file)
        else:
            raise MessageRejected("attachments", "what is attached cannot be kept")
    return {**found, "attachment": ",".join(names)} if names else found


def _is_snippet(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") in _SNIPPETS


def _is_done(answer: Any) -> bool:
    """Whether VK says of every message that it went. Older versions answer `{id: 1}`, newer ones
    with a list."""
    if isinstance(answer, dict):
        return bool(answer) and _all_one(answer.values())
    if isinstance(answer, list):
        told = (item.get("response") if isinstance(item, dict) else None for item in answer)
        return bool(answer) and _all_one(told)
    return bool(answer == 1)


def _all_one(values: Iterable[Any]) -> bool:
    return all(value == 1 for value in values)
