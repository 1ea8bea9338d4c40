"""Certificates of MAX: the shipped authorities, and connections that believe them alone."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from bots.max.tls import SHIPPED, trust
from bots.transport import Transport
from core.channel import Letter
from core.content import Outgoing
from core.errors import ChannelUnavailable, ConfigError
from tests.bots.max.conftest import TOKEN, USER, MakeChannel
from tests.fakes.authority import authority
from tests.fakes.max import FakeMax

#: As the ministry publishes it.
ROOT = "D2:6D:2D:02:31:B7:C3:9F:92:CC:73:85:12:BA:54:10:35:19:E4:40:5D:68:B5:BD:70:3E:97:88:CA:8E:CF:31"  # noqa: E501  a fingerprint is one word
HELLO = Letter(id=1, chat=USER, address=USER, content=Outgoing(text="Здравствуйте!"))


# -- what is shipped


def test_the_shipped_root_is_the_one_the_ministry_publishes() -> None:
    root, sub = x509.load_pem_x509_certificates(SHIPPED.read_bytes())
    assert root.fingerprint(hashes.SHA256()).hex(":").upper() == ROOT
    root.verify_directly_issued_by(root)
    sub.verify_directly_issued_by(root)
    assert f"{root.not_valid_after_utc:%Y-%m-%d}" == "2032-02-27"
    assert f"{sub.not_valid_after_utc:%Y-%m-%d}" == "2027-03-06"
    for certificate in (root, sub):
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        assert constraints.value.ca


def test_the_manual_names_the_fingerprints_of_what_is_shipped() -> None:
    manual = SHIPPED.with_name("README.md").read_text("utf-8")
    for certificate in x509.load_pem_x509_certificates(SHIPPED.read_bytes()):
        assert certificate.fingerprint(hashes.SHA256()).hex(":").upper() in manual


def test_the_systems_authorities_are_believed_as_well() -> None:
    system = ssl.create_default_context()
    both = trust().context
    assert both.cert_store_stats()["x509_ca"] == system.cert_store_stats()["x509_ca"] + 2
    assert both.verify_mode == ssl.CERT_REQUIRED
    assert both.check_hostname


def test_the_first_authority_to_expire_says_until_when() -> None:
    assert trust().until == datetime(2027, 3, 6, 11, 25, 19, tzinfo=UTC)


@pytest.mark.parametrize("content", [None, "", "nothing of that kind"])
def test_a_file_without_authorities_stops_the_start(
    make_channel: MakeChannel, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match=r"channel main: `ca_file`: ca\.pem"):
        make_channel(ca_file=str(path))


# -- connections


class Secured(NamedTuple):
    """A double behind TLS, and the file with its authority."""

    fake: FakeMax
    ca: Path


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[Secured]:
    own = authority(tmp_path)
    async with FakeMax(TOKEN, own.context) as running:
        yield Secured(running, own.ca)


async def test_a_server_of_an_unknown_authority_is_refused_before_anything_is_said(
    make_channel: MakeChannel, secured: Secured
) -> None:
    channel = make_channel(api_url=secured.fake.api_url)
    with pytest.raises(ChannelUnavailable) as caught:
        await channel.send(HELLO)
    assert caught.value.reason == "network"
    assert secured.fake.calls == []
    (finding,) = await channel.health()
    assert (finding.level, finding.text) == ("FAIL", "TLS not trusted")
    assert "ca_file" in finding.remedy


async def test_with_its_authority_named_in_the_settings_it_is_believed(
    make_channel: MakeChannel, secured: Secured
) -> None:
    channel = make_channel(api_url=secured.fake.api_url, ca_file=str(secured.ca))
    assert (await channel.send(HELLO)).platform_id
    (entry,) = secured.fake.sent()
    assert entry.body == {"text": "Здравствуйте!"}


async def test_what_max_is_believed_by_counts_for_no_other_platform(
    make_channel: MakeChannel, transport: Transport, secured: Secured
) -> None:
    channel = make_channel(api_url=secured.fake.api_url, ca_file=str(secured.ca))
    await channel.send(HELLO)
    with pytest.raises(ChannelUnavailable):
        await transport.call("GET", f"{secured.fake.api_url}/me")
