"""Where a message goes: a person's dialog, or the comments under a post."""

import re
from typing import NamedTuple

_COMMENT = re.compile(r"comment:(-?[0-9]{1,19})_([0-9]{1,19}):([0-9]{1,19})")


class Post(NamedTuple):
    """A post under which somebody wrote. owner: of the wall, negative for a community."""

    owner: int
    post: int
    person: int


def comment_chat(owner: int, post: int, person: int) -> str:
    """The chat of one person's comments under one post."""
    return f"comment:{owner}_{post}:{person}"


def post_of(address: str) -> Post | None:
    """The post of such a chat; None for a person's dialog."""
    found = _COMMENT.fullmatch(address)
    return Post(int(found[1]), int(found[2]), int(found[3])) if found else None
