"""Whose address counts when proxies stand between."""

import pytest

from core.peer import networks_of, real_address

PROXIES = networks_of(["127.0.0.1", "10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        # whoever is no declared proxy may say what they like
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        # the sender invented the first ones; the last is what our proxy heard
        ("127.0.0.1", ["1.1.1.1, 8.8.8.8, 203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        # two proxies of ours, one behind the other
        ("127.0.0.1", ["203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        ("10.1.2.3", ["10.9.9.9"], "10.9.9.9"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("::ffff:127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
        ("127.0.0.1", ['"[2001:db8::7]:4711"'], "2001:db8::7"),
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9, <script>"], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("", ["203.0.113.9"], ""),
    ],
)
def test_an_address_is_believed_as_far_as_declared_proxies_tell_it(
    remote: str, forwarded: list[str], address: str
) -> None:
    assert real_address(remote, forwarded, PROXIES) == address


def test_without_declared_proxies_nobody_is_believed() -> None:
    assert real_address("127.0.0.1", ["203.0.113.9"], ()) == "127.0.0.1"


@pytest.mark.parametrize("text", ["", "proxy", "10.0.0.0/40", "10.0.0", "*"])
def test_a_network_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|network|does not appear"):
        networks_of([text])
