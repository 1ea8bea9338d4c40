"""Limits and abilities of the Viber REST API 7.3, as data."""

from core.channel import Capabilities, UnknownRule

#: Signs of a button's label.
LABEL = 250  # unverified
#: Text under a picture; some clients show 768.
CAPTION = 512  # unverified
#: From this version on an app keeps a press to itself; an older one shows the token as a message.
SILENT_VERSION = 6  # unverified
#: From this version on an app has the button that shares a phone.
PHONE_VERSION = 3
#: Where customers' files lie.
MEDIA_HOSTS = ("viber.com",)  # unverified
#: Stickers lie there; Viber names them by plain HTTP, and they are served by HTTPS as well.
STICKERS = "//content.cdn.viber.com/"

#: The whole request, as JSON in UTF-8; so much of it is kept for receiver and sender.
BODY_BYTES = 30_000
ENVELOPE_BYTES = 2_000
#: A keyboard has 12 rows of 6 columns; one row is kept for the button that shares a phone.
COLUMNS = 6
ROWS = 11
#: Ours: with labels cut to so many signs as many buttons as these fit beside the longest text.
TOTAL = 24
TIGHT_LABEL = 40
FILE_NAME = 256
SENDER_NAME = 28

#: What we subscribe to; `message` always comes.
EVENTS = ("subscribed", "unsubscribed", "conversation_started", "delivered", "seen", "failed")

_MEGABYTE = 1024 * 1024
_HOLD = UnknownRule(action="hold", after=10.0)

CAPABILITIES = Capabilities(
    platform="viber",
    text=7000,
    caption=CAPTION,
    captioned=("image",),
    reply_row=COLUMNS,
    reply_rows=ROWS,
    reply_total=TOTAL,
    label=LABEL,
    url_option=True,
    phone_request=True,
    phone_evidence="claimed",
    takes={"image": ("image/jpeg", "image/png"), "video": ("video/mp4",)},
    image_bytes=_MEGABYTE,
    video_bytes=26 * _MEGABYTE,
    file_bytes=50 * _MEGABYTE,
    download_bytes=50 * _MEGABYTE,
    delivered=True,
    delivered_proves=True,
    seen=True,
    # At most 80 notices to one person in any hour: half of them at once, half as they come.
    chat_rate=40 / 3600,
    chat_burst=40,
    reply_ends_limit=True,
    rate_hint=60.0,
    rate_most=3600.0,
    unknown={
        "answer": UnknownRule(action="resend", after=10.0, times=1),
        "operator": _HOLD,
        "notice": UnknownRule(action="leave", after=10.0),
        "secret": _HOLD,
    },
)
