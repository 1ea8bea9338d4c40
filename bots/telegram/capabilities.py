"""Limits and abilities of the Telegram Bot API 10.3, as data."""

from core.channel import Capabilities, UnknownRule

#: Buttons of an inline keyboard.
INLINE_ROW = 8  # unverified
INLINE_TOTAL = 100  # unverified
#: Buttons of the keyboard that replaces the customer's own.
REPLY_ROW = 12  # unverified
REPLY_ROWS = 12  # unverified
REPLY_TOTAL = 100  # unverified
#: Signs of a label that phones show.
LABEL_SHOWN = 64  # unverified

#: Of a GIF sendPhoto shows one still picture; as a file it moves.
PICTURES = ("image/jpeg", "image/png", "image/webp")

#: What we subscribe to; everything else is never sent to us.
EVENTS = ("message", "edited_message", "callback_query", "my_chat_member")

_MEGABYTE = 1024 * 1024
_HOLD = UnknownRule(action="hold")

CAPABILITIES = Capabilities(
    platform="telegram",
    text=4096,
    caption=1024,
    spans=True,
    inline_row=INLINE_ROW,
    inline_rows=INLINE_TOTAL,
    inline_total=INLINE_TOTAL,
    reply_row=REPLY_ROW,
    reply_rows=REPLY_ROWS,
    reply_total=REPLY_TOTAL,
    label=LABEL_SHOWN,
    payload=64,
    url_option=True,
    phone_request=True,
    phone_evidence="verified",
    takes={"image": PICTURES},
    image_bytes=10 * _MEGABYTE,
    file_bytes=50 * _MEGABYTE,
    download_bytes=20 * _MEGABYTE,
    album=10,
    edit=True,
    delete=True,
    typing=True,
    preview_off=True,
    quotes=True,
    chat_rate=1.0,
    chat_burst=3,
    channel_rate=25.0,
    channel_burst=3,
    free_answers=True,
    rate_hint=5.0,
    unknown={
        "answer": UnknownRule(action="resend", after=5.0, times=1),
        "operator": _HOLD,
        "notice": UnknownRule(action="leave"),
        "secret": _HOLD,
    },
)
