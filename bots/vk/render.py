"""A neutral message that fits -> the arguments of one call. Pure: no library, no network."""

from typing import Any

from msgspec import json

from bots.vk.parse import TOKEN
from core.channel import Capabilities
from core.content import Media, Option, Outgoing
from core.errors import MessageRejected
from core.keyboard import Kind, keyboard

Request = dict[str, Any]

#: A file of ours in a list of attachments; the channel puts VK's name of it there.
ATTACHED = "attach://"


def render(content: Outgoing, capabilities: Capabilities) -> Request:
    """Arguments of messages.send, all but `peer_id` and `random_id`.

    `attachment` is a list here: VK's own names, and our files marked ATTACHED. content: one of
    the messages of core.fitting. Raises MessageRejected when nothing is in it.
    """
    request: Request = {}
    attached, lines = _attachments(content.media)
    text = "\n".join(part for part in (content.text, *lines) if part)
    if text.strip():
        request["message"] = text
    if attached:
        request["attachment"] = attached
    place = next((media for media in content.media if media.kind == "location"), None)
    if place is not None:
        request["lat"], request["long"] = place.latitude, place.longitude
    if not request:
        raise MessageRejected("empty", "the message has neither text nor media")
    if not content.preview:
        request["dont_parse_links"] = 1
    if content.reply_to.isdecimal():
        request["reply_to"] = int(content.reply_to)
    board = keyboard(content, capabilities)
    if board.kind != "none":
        request["keyboard"] = _keyboard(board.kind, board.rows, content)
    return request


def render_comment(content: Outgoing) -> Request:
    """Arguments of wall.createComment, all but the post. A comment takes no buttons, and the
    token of a community puts no files there."""
    attached, lines = _attachments(content.media)
    if attached:
        raise MessageRejected("no_files", "a comment of a community takes no files")
    links = [f"{option.label}: {option.url}" for option in content.options if option.url]
    text = "\n".join(part for part in (content.text, *lines, *links) if part)
    if not text.strip():
        raise MessageRejected("empty", "the comment has no text")
    request: Request = {"message": text}
    if content.reply_to.isdecimal():
        request["reply_to_comment"] = int(content.reply_to)
    return request


def _attachments(media: tuple[Media, ...]) -> tuple[list[str], list[str]]:
    """What is attached, and lines for files that VK can only be told the address of."""
    attached, lines = [], []
    for item in media:
        own = item.attachment or item.path
        if item.kind == "location":
            continue
        if item.platform_file:
            attached.append(item.platform_file)
        elif own:
            attached.append(ATTACHED + own)
        elif item.url:
            lines.append(item.url)
        else:
            raise MessageRejected("no_file", f"a {item.kind} without a file")
    return attached, lines


def _keyboard(kind: Kind, rows: tuple[tuple[Option, ...], ...], content: Outgoing) -> str:
    """As JSON in a text, which is how VK wants it."""
    is_inline = kind == "inline"
    # A keyboard that takes the place of the customer's own hides only behind a press of `text`.
    presses = "callback" if is_inline and "callback" not in content.lacks else "text"
    board: Request = {"inline": True} if is_inline else {"one_time": True}
    board["buttons"] = [[_button(option, presses) for option in row] for row in rows]
    try:
        return json.encode(board).decode()
    except UnicodeEncodeError:
        raise MessageRejected("encoding", "a label is no valid Unicode") from None


def _button(option: Option, presses: str) -> Request:
    if option.url:
        return {"action": {"type": "open_link", "link": option.url, "label": option.label}}
    payload = json.encode({TOKEN: option.token}).decode()
    return {"action": {"type": presses, "label": option.label, "payload": payload}}
