"""`otklik report` and `otklik customer export|erase`: names kept for a later version."""

import argparse

from core.errors import OtklikError


def run(words: argparse.Namespace) -> int:
    """Refuses: better than a name that nobody knows, or a file that is not whole."""
    name = " ".join(filter(None, (words.command, getattr(words, "action", ""))))
    raise OtklikError(f"this version has no `otklik {name}` yet; a later one will")
