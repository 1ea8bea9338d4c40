"""Limits and abilities of pigeon post, as data."""

from core.channel import Capabilities, UnknownRule

#: The service drops a letter whose key it has seen, so whatever is unknown may be sent again,
#: though not for ever: the letters behind it wait.
_AGAIN = UnknownRule(action="resend", after=2.0, times=12, same_key=True)

CAPABILITIES = Capabilities(
    platform="pigeon",
    text=1000,
    caption=0,
    inline_row=1,
    inline_rows=6,
    inline_total=6,
    label=20,
    url_option=False,
    phone_evidence="claimed",
    write_first=True,
    rate_hint=3.0,
    unknown={"answer": _AGAIN, "operator": _AGAIN, "notice": _AGAIN, "secret": _AGAIN},
)
