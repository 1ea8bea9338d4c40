"""Nonsense made of good payloads, the same for the same seed."""

import copy
import json
import random
from typing import Any

JUNK: list[Any] = [
    None, True, False, 0, -1, 2**31, 2**63, 10**40, 1.5, float("inf"), "", "x", "\ud800", "\x00",
    "9" * 5000, [], [None], [{}], {}, {"id": "x"}, {"": {}}, [[[[]]]],
]  # fmt: skip


def mutated(raw: Any, rng: random.Random) -> Any:
    """A copy with one to three places dropped or replaced by nonsense."""
    raw = copy.deepcopy(raw)
    for _ in range(rng.randint(1, 3)):
        holder = raw
        while True:
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            if not keys:
                break
            key = rng.choice(keys)
            if isinstance(holder[key], dict | list) and holder[key] and rng.random() < 0.95:
                holder = holder[key]
                continue
            if rng.random() < 0.25:
                del holder[key]
            else:
                # a copy, or the next mutation would change the junk itself
                holder[key] = copy.deepcopy(rng.choice(JUNK))
            break
    return raw


def mutated_body(body: bytes, rng: random.Random) -> bytes:
    """The same of a JSON body: mostly JSON still, sometimes cut or with bytes gone wrong."""
    if rng.random() < 0.8:
        return json.dumps(mutated(json.loads(body), rng)).encode()
    at = rng.randrange(len(body))
    if rng.random() < 0.5:
        return body[:at]
    return body[:at] + bytes([rng.randrange(256)]) + body[at + 1 :]
