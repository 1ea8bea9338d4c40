"""The messages of a community as the double of VK holds them: read, changed and deleted by id."""

import re
from typing import Any

from tests.fakes import vk_rules as rules
from tests.fakes.vk_rules import Fields, Refused, missing, number

Raw = dict[str, Any]

_NAME = re.compile(r"([a-z_]+?)(-?[0-9]+)_([0-9]+)(?:_(\w+))?")


class VkHeld:
    """held: (peer, id) -> a message of ours that still stands. old: ids of those sent more than a
    day ago, which VK changes no more. listing: deletions are told in a list, as newer versions do.
    """

    def __init__(self) -> None:
        self.held: dict[tuple[int, int], Raw] = {}
        self.old: set[int] = set()
        self.listing = False

    def hold(self, peer: int, identity: int, fields: Fields) -> None:
        """A message that was just sent."""
        self.held[peer, identity] = {
            "id": identity,
            "peer_id": peer,
            "conversation_message_id": identity + 1000,
            "out": 1,
            "text": fields.get("message", ""),
            "attachments": [_attachment(name) for name in _names(fields)],
            "reply_to": fields.get("reply_to", ""),
        }

    def by_id(self, fields: Fields) -> Raw:
        """messages.getById."""
        found = self._named(fields, "message_ids", "cmids")
        return {"count": len(found), "items": found}

    def edit(self, fields: Fields, known: set[str]) -> int:
        """messages.edit: what is not named again is gone."""
        found = self._named(fields, "message_id", "cmid")
        if not found or number(fields, "peer_id") != found[0]["peer_id"]:
            raise missing("message_id")
        rules.check_message({**fields, "random_id": "1"}, known)
        if found[0]["id"] in self.old:
            raise Refused(909, "Can't edit this message, because it's too old")
        found[0]["text"] = fields.get("message", "")
        found[0]["attachments"] = [_attachment(name) for name in _names(fields)]
        if fields.get("keep_forward_messages") != "1":
            found[0]["reply_to"] = ""
        return 1

    def delete(self, fields: Fields) -> Any:
        """messages.delete; without `delete_for_all` the customer keeps the message."""
        names = "cmids" if "cmids" in fields else "message_ids"
        found = self._named(fields, "message_ids", "cmids")
        if any(message["id"] in self.old for message in found):
            raise Refused(924, "Can't delete this message for everybody")
        for message in found:
            if fields.get("delete_for_all") == "1":
                del self.held[message["peer_id"], message["id"]]
        told = {number: int(bool(found)) for number in fields[names].split(",")}
        if self.listing:
            return [{"message_id": int(key), "response": value} for key, value in told.items()]
        return told

    def _named(self, fields: Fields, by_id: str, by_number: str) -> list[Raw]:
        if by_number in fields:
            peer, wanted = number(fields, "peer_id"), number(fields, by_number)
            return [
                message
                for (own, _), message in self.held.items()
                if own == peer and message["conversation_message_id"] == wanted
            ]
        wanted = number(fields, by_id)
        return [message for (_, identity), message in self.held.items() if identity == wanted]


def _names(fields: Fields) -> list[str]:
    return [name for name in fields.get("attachment", "").split(",") if name]


def _attachment(name: str) -> Raw:
    """As VK shows what was attached as `photo-1_2_key`."""
    kind, owner, identity, key = _NAME.fullmatch(name).groups()  # type: ignore[union-attr]  # names of attachments that this double gave out
    item = {"owner_id": int(owner), "id": int(identity), "access_key": key or ""}
    return {"type": kind, kind: {**item, "sizes": []} if kind == "photo" else item}
