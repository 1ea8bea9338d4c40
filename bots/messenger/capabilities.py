"""Limits and abilities of the Messenger Platform (Graph API v25.0), as data."""

from core.channel import Capabilities, UnknownRule

#: How the page's token goes into the Authorization header; the query string would land in logs.
AUTHORIZATION = "Bearer {token}"  # unverified

#: What the page is subscribed to; everything else is never sent to us.
EVENTS = (
    "messages",
    "messaging_postbacks",
    "messaging_referrals",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "message_edits",
)  # unverified

#: Hosts (and those below them) where Facebook keeps the files of customers.
FILE_HOSTS = ("fbcdn.net", "fbsbx.com")  # unverified

#: Error codes; those of CHANNELS.md's table that stand there without a mark are documented.
RATE_CODES = frozenset({4, 613, 32, 80006})  # all but 4 unverified
AUTH_CODES = frozenset({190, 200, 230, 10})  # 200 unverified
#: A page that Meta restricted.
PAGE_RESTRICTED = (10, 1893063)
WINDOW_CLOSED = frozenset({(10, 2018278), (10, 2018065)})  # unverified
#: «This person isn't receiving messages from you», in its several spellings.
BLOCKED_CODE = 551
BLOCKED = frozenset({(200, 1545041), (10, 2018108)})  # unverified
NOT_FOUND = (100, 2018001)  # unverified
UNKNOWN_CODES = frozenset({1, 2, 1200})  # 1200 unverified

#: Letters of a text over buttons, of a text, of a button.
TEMPLATE_TEXT = 640
TEXT = 2000
LABEL = 20
TEMPLATE_BUTTONS = 3
QUICK_REPLIES = 13

#: We may write so long after a person's last word, and as a human where Meta granted it
#: (developers.facebook.com/docs/messenger-platform/policy/policy-overview).
WINDOW_HOURS, HUMAN_AGENT_HOURS = 24.0, 7 * 24.0

_MEGABYTE = 1024 * 1024
#: The echo of our own message, with the id of our row in it, proves the delivery.
_ECHO_SECONDS = 10.0
_WAIT_THEN_HOLD = UnknownRule(action="hold", after=_ECHO_SECONDS, look=True)

CAPABILITIES = Capabilities(
    platform="messenger",
    text=TEXT,
    caption=0,
    inline_row=1,
    inline_rows=TEMPLATE_BUTTONS,
    inline_total=TEMPLATE_BUTTONS,
    inline_text=TEMPLATE_TEXT,
    reply_row=QUICK_REPLIES,
    reply_rows=1,
    reply_total=QUICK_REPLIES,
    label=LABEL,
    payload=1000,
    url_option=True,
    phone_request=True,
    phone_evidence="claimed",
    image_bytes=8 * _MEGABYTE,
    file_bytes=25 * _MEGABYTE,
    download_bytes=25 * _MEGABYTE,
    file_id_days=90,
    typing=True,
    delivered=True,
    seen=True,
    channel_rate=250.0,  # 300 messages in any second, 10 of them with sound or moving pictures
    channel_burst=30,
    media_rate=8.0,
    rate_hint=60.0,
    rate_most=3600.0,
    window_hours=WINDOW_HOURS,
    unknown={
        "answer": UnknownRule(action="resend", after=_ECHO_SECONDS, times=1),
        "operator": _WAIT_THEN_HOLD,
        "notice": UnknownRule(action="leave", after=_ECHO_SECONDS, look=True),
        "secret": _WAIT_THEN_HOLD,
    },
)
