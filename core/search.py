"""What people at the desk look for, and what they find; core.desk_store is the port it passes."""

from datetime import datetime
from typing import Any

import msgspec

from core.desk_values import Line, Listed


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. words: all of them in one line; none: the filters alone decide.

    after: (opened_at, id) of the last dialog looked at. rating: a mark that was given. most:
    dialogs whose transcripts are looked through before it is said that there are more; four times
    as many are passed that the reader may not open or the filters leave out."""

    words: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    channel: str = ""
    queue: str = ""
    operator: str = ""
    tag: str = ""
    rating: int | None = None
    limit: int = 20
    most: int = 5000
    after: tuple[Any, ...] = ()


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A dialog and its newest lines that hold the words."""

    row: Listed
    lines: tuple[Line, ...]


class Matches(msgspec.Struct, frozen=True, kw_only=True):
    """Newest dialogs first. next: where to go on; partial: that was only to look further back."""

    items: tuple[Match, ...]
    next: tuple[Any, ...] = ()
    partial: bool = False


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A customer by name."""

    id: str
    name: str
    level: str
