"""Addresses: who is at the other end of a connection, through proxies that were declared."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


def networks_of(texts: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks such as 10.0.0.0/8. Raises ValueError for anything else."""
    return tuple(ip_network(text, strict=False) for text in texts)


def is_host(text: str) -> bool:
    """Whether it may be where somebody listens: a name or an address, without a port or brackets.
    Whether there is such a host only the system knows."""
    if ":" not in text:
        return re.fullmatch(r"[^\s/?#@\[\]\\]{1,253}", text) is not None
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def real_address(remote: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The customer's or operator's own address.

    remote: of the connection. forwarded: values of X-Forwarded-For, in the order of the headers.
    Each declared proxy adds whom it heard behind what it was told, so the list is read from its
    end, for as long as a declared proxy speaks; what stands before may be invented by the sender.
    """
    hops = [hop.strip() for value in forwarded for hop in value.split(",")]
    address = remote
    while hops and _is_trusted(address, trusted):
        told = _bare(hops.pop())
        if told is None:
            return address
        address = str(told)
    return address


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    known = _bare(address)
    return known is not None and any(known in network for network in trusted)


def _bare(text: str) -> IPv4Address | IPv6Address | None:
    """The address, of IPv4 in IPv6 the former; proxies may write a port or brackets."""
    text = text.strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
