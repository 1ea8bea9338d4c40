"""Nobody but Viber is believed: the signature is over the bytes, not over what they mean."""

import hashlib
import hmac
import json

import pytest

from bots.viber.ingress import SIGNATURE_HEADER, ViberIngress
from core.errors import ConfigError, NotAuthentic
from tests.bots.viber.conftest import FIXTURES, TOKEN

BODY = (FIXTURES / "01_text_cyrillic.json").read_bytes()


def signed(body: bytes, token: str = TOKEN) -> dict[str, str]:
    return {SIGNATURE_HEADER: hmac.new(token.encode(), body, hashlib.sha256).hexdigest()}


async def test_the_signature_is_over_the_raw_bytes() -> None:
    ingress = ViberIngress(TOKEN)
    reception = await ingress.receive(signed(BODY), BODY)
    assert len(reception.received) == 1
    same = json.dumps(json.loads(BODY)).encode()
    with pytest.raises(NotAuthentic):
        await ingress.receive(signed(BODY), same)


async def test_capital_letters_of_a_signature_do_not_matter() -> None:
    headers = {name: value.upper() for name, value in signed(BODY).items()}
    assert (await ViberIngress(TOKEN).receive(headers, BODY)).received


@pytest.mark.parametrize(
    "signature",
    ["", "0" * 64, "подпись", "\udcff\udcfe", "\ud800", "a" * 10_000],
    ids=["none", "zeros", "cyrillic", "raw bytes", "half a sign", "long"],
)
async def test_a_wrong_signature_is_refused_whatever_it_is_made_of(signature: str) -> None:
    with pytest.raises(NotAuthentic):
        await ViberIngress(TOKEN).receive({SIGNATURE_HEADER: signature}, BODY)


async def test_the_signature_of_another_bot_is_refused() -> None:
    with pytest.raises(NotAuthentic):
        await ViberIngress(TOKEN).receive(signed(BODY, "token-of-another-bot"), BODY)


async def test_the_trial_of_our_address_is_nothing_to_be_filed() -> None:
    body = (FIXTURES / "webhook.json").read_bytes()
    reception = await ViberIngress(TOKEN).receive(signed(body), body)
    assert (reception.received, reception.unsupported) == ((), ())


def test_an_empty_token_is_refused_at_start() -> None:
    with pytest.raises(ConfigError):
        ViberIngress("")
