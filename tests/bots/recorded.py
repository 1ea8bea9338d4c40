"""Payloads recorded from a platform: NAME.json goes in, NAME.expected.json comes out.

What comes out is a list of what is received, a Reception where one body brings several events, or
the refusal: its kind and its words.
"""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.channel import Reception
from core.errors import UpdateError
from core.ingress import json_object
from core.updates import Received
from tests.fakes.mutation import mutated

_STORED = msgspec.json.Decoder(tuple[Received, ...])
Parse = Callable[[dict[str, Any]], Reception]


def payload(folder: Path, name: str) -> Any:
    """One of them, whatever it is."""
    return json.loads((folder / f"{name}.json").read_text("utf-8"))


class Recorded:
    """What lies in a folder. parse: the adapter's own reading of one raw event."""

    def __init__(self, folder: Path, parse: Parse) -> None:
        self._folder = folder
        self._parse = parse
        names = [path.name.removesuffix(".json") for path in folder.glob("*.json")]
        self.names = sorted(name for name in names if not name.endswith(".expected"))
        self.refused = [name for name in self.names if "error" in self._expected(name)]
        self.good = [name for name in self.names if name not in self.refused]

    def _told(self, name: str) -> Reception:
        return self._parse(json_object((self._folder / f"{name}.json").read_bytes()))

    def _expected(self, name: str) -> Any:
        return payload(self._folder, f"{name}.expected")

    def check_twins(self, least: int) -> None:
        """Every payload has its expectation, and there are at least so many."""
        twins = [path.name for path in self._folder.glob("*.expected.json")]
        assert {name.removesuffix(".expected.json") for name in twins} == set(self.names)
        assert len(self.names) >= least

    def check_good(self, name: str) -> None:
        """It becomes what is expected, which can be stored and read back."""
        told, twin = self._told(name), self._expected(name)
        expected = twin if isinstance(twin, dict) else {"received": twin}
        stored = msgspec.json.encode(told.received)
        assert json.loads(stored) == expected["received"]
        assert _STORED.decode(stored) == told.received
        assert list(told.unsupported) == expected.get("unsupported", [])
        assert [part.why for part in told.malformed] == expected.get("malformed", [])

    def check_refused(self, name: str) -> None:
        """It is refused with the expected words."""
        with pytest.raises(UpdateError) as caught:
            self._told(name)
        error = {"error": type(caught.value).__name__, "text": str(caught.value)}
        assert error == self._expected(name)

    def check_mutations(self, rng: random.Random, count: int = 10_000) -> None:
        """Of so many spoilt payloads each is refused, or can be stored and read back."""
        readable = [name for name in self.names if not name.startswith("20_")]
        raws, parsed = [payload(self._folder, name) for name in readable], 0
        for _ in range(count):
            raw = mutated(rng.choice(raws), rng)
            try:
                received = self._parse(raw).received
            except UpdateError:
                continue
            parsed += 1
            assert _STORED.decode(msgspec.json.encode(received)) == received
        assert parsed > count / 20
