"""What each process does for the desk."""

from pathlib import Path

import pytest

from bots.people import People
from core.storage.cipher import SivCipher
from tests.fakes.fresh_store import url_of
from tests.fakes.workplace import workplace


@pytest.mark.parametrize(
    ("role", "jobs"),
    [
        ("all", ["presence", "assignment", "desk facts"]),
        ("web", ["presence"]),
        ("worker", ["assignment", "desk facts"]),
        ("delivery", []),
    ],
)
async def test_only_who_serves_pages_says_that_somebody_is_lost(
    role: str, jobs: list[str], tmp_path: Path
) -> None:
    """Of an outage of all processes with pages a worker would make an empty office."""
    async with workplace(url_of(tmp_path)) as place:
        people = People(place.store, place.desk, place.bus, place.clock, SivCipher("k" * 32))
        assert [job.name for job in people.jobs(role)] == jobs
