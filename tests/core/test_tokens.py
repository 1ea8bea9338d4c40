"""What a press brings back: short, opaque, and the same when a turn is made once more."""

import re
from itertools import islice

from core.turn import tokens


def test_tokens_of_a_turn_differ_and_come_again_when_it_is_replayed() -> None:
    found = list(islice(tokens("dialog", 7), 100))
    assert found == list(islice(tokens("dialog", 7), 100))
    assert len({*found, *islice(tokens("dialog", 8), 100)}) == 200
    assert all(re.fullmatch("o[0-9A-HJKMNP-TV-Z]{10}", token) for token in found)
