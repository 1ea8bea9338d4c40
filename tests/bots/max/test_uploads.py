"""Uploads that take their time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bots.max.client import Client
from bots.max.tls import trust
from bots.max.uploads import Uploads
from bots.transport import Transport
from core.channel import Letter, StoredFile
from core.content import Outgoing
from core.errors import MessageRejected, RateLimited
from tests.bots.max.conftest import TOKEN, USER
from tests.fakes import faults
from tests.fakes.clock import Clock
from tests.fakes.max import FakeMax

Make = Callable[..., Uploads]
WANTED = [("a", "file")]


@pytest.fixture
def make(fake: FakeMax, transport: Transport, clock: Clock) -> Make:
    client = Client(transport, token=TOKEN, api_url=fake.api_url, tls=trust().context, timeout=5)

    def made(**seconds: float) -> Uploads:
        return Uploads(client, clock, **seconds)

    return made


def letter(tmp_path: Path, number: int = 1) -> Letter:
    path = tmp_path / "f.zip"
    path.write_bytes(b"content")
    file = StoredFile(path=str(path), name="f.zip", mime="application/zip", size=7)
    return Letter(id=number, chat=USER, address=USER, content=Outgoing(), files={"a": file})


async def test_an_upload_that_never_ends_leaves_time_to_say_that_nothing_was_sent(
    make: Make, fake: FakeMax, tmp_path: Path
) -> None:
    fake.fail(faults.TIMEOUT._replace(only="POST /upload"))
    with pytest.raises(RateLimited) as caught:
        await make(total=0.2).tokens(letter(tmp_path), WANTED)
    assert caught.value.scope == "chat"
    assert fake.sent() == []


async def test_after_a_long_upload_the_message_goes_in_an_attempt_of_its_own(
    make: Make, fake: FakeMax, tmp_path: Path
) -> None:
    uploads = make(spent=0.0)
    with pytest.raises(RateLimited) as caught:
        await uploads.tokens(letter(tmp_path), WANTED)
    assert (caught.value.retry_after, caught.value.scope) == (0.1, "chat")
    tokens, made = await uploads.tokens(letter(tmp_path), WANTED)
    assert dict(tokens) == dict(made) == {"a": next(iter(fake.uploads))}
    assert len(fake.uploads) == 1


async def test_one_file_that_failed_does_not_bring_the_others_again(
    make: Make, fake: FakeMax, tmp_path: Path
) -> None:
    both = Letter(
        id=1,
        chat=USER,
        address=USER,
        content=Outgoing(),
        files={name: letter(tmp_path).files["a"] for name in "ab"},
    )
    wanted = [("a", "file"), ("b", "file")]
    fake.fail(faults.PAGE._replace(only="POST /upload"))
    uploads = make()
    with pytest.raises(RateLimited):
        await uploads.tokens(both, wanted)
    assert len(fake.uploads) == 1
    tokens, _ = await uploads.tokens(both, wanted)
    assert sorted(tokens) == ["a", "b"]
    assert len(fake.uploads) == 2


async def test_what_was_uploaded_before_time_ran_out_is_not_brought_again(
    make: Make, fake: FakeMax, tmp_path: Path
) -> None:
    held = letter(tmp_path).files["a"]
    both = Letter(id=1, chat=USER, address=USER, content=Outgoing(), files={"a": held, "b": held})
    wanted = [("a", "file"), ("b", "file")]
    fake.fail(faults.TIMEOUT._replace(only="POST /upload"))
    uploads = make(total=0.5)
    with pytest.raises(RateLimited):
        await uploads.tokens(both, wanted)
    tokens, _ = await uploads.tokens(both, wanted)
    assert sorted(tokens) == ["a", "b"]
    assert fake.calls.count("POST /upload/file") == 3, "two at first, then the one that failed"


async def test_what_waits_is_bounded_and_the_oldest_is_uploaded_again(
    make: Make, fake: FakeMax, tmp_path: Path
) -> None:
    uploads = make(spent=0.0)
    for number in range(1, 1002):
        uploads.put_off(letter(tmp_path, number), RateLimited(2, "chat"), "attachment.not.ready")
    assert len(uploads._waiting) == 1000
    assert 1 not in uploads._waiting


async def test_a_file_nobody_has_is_rejected(make: Make, tmp_path: Path) -> None:
    with pytest.raises(MessageRejected, match="no_file"):
        await make().tokens(letter(tmp_path), [("b", "file")])
