"""Links that a platform follows by itself: each opens one file, for some days, and nothing else."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import ClientResponse, ClientSession, ClientTimeout, web

from bots.desk.tokens import micros, signed
from bots.links import LIFE, Links, Shelves, attach_links
from bots.web import application, serving
from core.channel import StoredFile
from core.counters import Counters
from core.errors import StoreUnavailable
from core.store_values import StoredAttachment
from tests.fakes.intake import FakeIntake

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
KEY = b"k" * 64
PICTURE = StoredFile(path="", name="схема.PNG", mime="image/png", size=7)


class Wall:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class House(NamedTuple):
    """A process that serves links."""

    client: ClientSession
    base: str
    links: Links
    clock: Wall
    rows: dict[str, StoredAttachment]
    folder: Path

    def keep(self, id_: str, content: bytes, mime: str, name: str, key: str = "") -> StoredFile:
        """An attachment of ours."""
        path = self.folder / "files" / (key or id_)
        if not key:
            path.write_bytes(content)
        self.rows[id_] = StoredAttachment(
            id=id_, sha256="", media_type=mime, size=len(content), name=name, storage_key=key or id_
        )
        return StoredFile(path=str(path), name=name, mime=mime, size=len(content))

    async def get(self, url: str) -> tuple[ClientResponse, bytes]:
        async with self.client.get(url) as answer:
            return answer, await answer.read()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock, rows = Wall(), dict[str, StoredAttachment]()
    (tmp_path / "files").mkdir()

    async def attachment(id_: str) -> StoredAttachment | None:
        if id_ == "down":
            raise StoreUnavailable("database is locked")
        return rows.get(id_)

    def pictures(path: str) -> StoredFile | None:
        file = tmp_path / "media" / path
        if not file.is_file():
            return None
        return StoredFile(path=str(file), name=file.name, mime="image/png", size=1)

    intake = FakeIntake()
    app = application(
        ingresses={},
        intake=intake,
        quarantine=intake.quarantine,
        taken=intake.told,
        checks={},
        counters=Counters(),
    )
    links = Links(KEY, clock)
    attach_links(app, links, Shelves(attachment, tmp_path / "files", pictures))
    async with (
        serving(app, "127.0.0.1", 0, shutdown_timeout=2) as port,
        ClientSession(timeout=ClientTimeout(total=10)) as client,
    ):
        yield House(client, f"http://127.0.0.1:{port}", links, clock, rows, tmp_path)


async def test_a_link_opens_its_attachment_with_its_own_type(house: House) -> None:
    file = house.keep("a1", b"%PDF-1", "application/pdf", "Счёт.pdf")
    answer, content = await house.get(house.links.link(house.base, "a1", file))
    assert (answer.status, content) == (200, b"%PDF-1")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.url.path.endswith("/file.pdf")


async def test_a_picture_of_a_scenario_is_shown(house: House) -> None:
    (house.folder / "media").mkdir()
    (house.folder / "media" / "map.png").write_bytes(b"picture")
    answer, content = await house.get(house.links.link(house.base, "map.png", PICTURE))
    assert (answer.status, content) == (200, b"picture")
    assert answer.headers["Content-Disposition"].startswith("inline;")
    assert answer.url.path.endswith("/file.png")


async def test_links_of_one_day_are_equal_and_end(house: House) -> None:
    file = house.keep("a1", b"x", "text/plain", "a.txt")
    link = house.links.link(house.base, "a1", file)
    house.clock.now += timedelta(hours=1)
    assert house.links.link(house.base, "a1", file) == link
    house.clock.now = NOW + LIFE - timedelta(days=1)
    assert (await house.get(link))[0].status == 200
    house.clock.now = NOW + LIFE
    assert (await house.get(link))[0].status == 404


@pytest.mark.parametrize("key", ["nobody", "../secret", "outside"])
async def test_nothing_but_a_kept_file_is_served(house: House, key: str) -> None:
    (house.folder / "secret").write_bytes(b"secret")
    house.keep("outside", b"secret", "text/plain", "a.txt", key="../secret")
    answer, content = await house.get(house.links.link(house.base, key, PICTURE))
    assert answer.status == 404
    assert b"secret" not in content


@pytest.mark.parametrize("purpose", ["file", "cursor"])
async def test_a_token_of_another_purpose_or_key_opens_nothing(house: House, purpose: str) -> None:
    house.keep("a1", b"x", "text/plain", "a.txt")
    until = micros(NOW + LIFE)
    for token in (signed(KEY, purpose, ["a1", until]), signed(b"x", "public file", ["a1", until])):
        assert (await house.get(f"{house.base}/media/{token}/file.txt"))[0].status == 404
    good = house.links.link(house.base, "a1", PICTURE)
    head, _, tail = good.partition("/media/")
    changed = f"{head}/media/{'A' if tail[0] != 'A' else 'B'}{tail[1:]}"
    assert (await house.get(changed))[0].status == 404


async def test_while_the_database_is_down_the_platform_is_asked_to_come_again(house: House) -> None:
    answer, _ = await house.get(house.links.link(house.base, "down", PICTURE))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")


async def test_a_link_is_in_no_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    file = house.keep("a1", b"x", "text/plain", "a.txt")
    link = house.links.link(house.base, "a1", file)
    with caplog.at_level(logging.DEBUG):
        await house.get(link)
    assert "/media/" in caplog.text
    assert link.split("/")[-2] not in caplog.text


@pytest.mark.parametrize(
    ("name", "mime", "ending"),
    [
        ("a.JPEG", "image/jpeg", ".jpeg"),
        ("без точки", "image/png", ".png"),
        ("a.страница", "video/mp4", ".mp4"),
        ("a", "application/x-nobody-knows", ".bin"),
    ],
)
def test_a_link_ends_as_the_type_of_its_file_does(name: str, mime: str, ending: str) -> None:
    file = StoredFile(path="", name=name, mime=mime, size=1)
    assert Links(KEY, lambda: NOW).link("https://x.example/", "a", file).endswith(f"/file{ending}")


def test_the_route_takes_what_links_make() -> None:
    app = web.Application()
    attach_links(app, Links(KEY, lambda: NOW), Shelves(_nobody, Path(), lambda path: None))
    (resource,) = app.router.resources()
    link = Links(KEY, lambda: NOW).link("", "a" * 200, PICTURE)
    assert resource.get_info()["pattern"].fullmatch(link)


async def _nobody(id_: str) -> StoredAttachment | None:
    return None
