"""Limits and abilities of the MAX Bot API (schema 0.0.32), as data."""

from core.channel import Capabilities, UnknownRule

TEXT = 4000
#: A text is counted with its tags and escapes, so a formatted one keeps room for them.
SPAN_ROOM = 600
#: Letters of a label that a phone shows when so many buttons share a row.
READABLE = {1: 20, 2: 10, 3: 5, 4: 3}
#: Of the address behind a button.
LINK = 2048
#: Messages a second to one person: stated for answers to presses.
CHAT_RATE = 2.0  # unverified
#: `typing_on` is documented for group chats.
TYPING_IN_DIALOGS = True  # unverified
#: Dialogs have positive ids, groups and channels negative ones; a deletion does not say which.
GROUPS_ARE_NEGATIVE = True  # unverified
#: Whether the messages of a dialog may be read back, to find one whose delivery is unknown.
READS_DIALOGS = True  # unverified
#: Codes of refusals that tell of a person who stopped the bot, and of one nobody knows.
BLOCKED_CODES = ("chat.denied", "error.dialog.suspended")  # unverified
MISSING_CODES = ("chat.not.found",)  # unverified
#: Hosts that hold what customers send, and hosts below them.
FILE_HOSTS = ("max.ru", "oneme.ru", "okcdn.ru", "mycdn.me")  # unverified
#: What a press shows for a moment; an answer without any words is refused. A sign, not a word,
#: because nobody knows the language yet.
NOTIFICATION = "✓"
#: Seconds between tries while MAX still digests an upload, and when it is given up.
NOT_READY_SECONDS = 2.0
NOT_READY_MOST = 60.0
#: How the updates of an account may be asked for, when it is polled.
POLLS_PER_SECOND = 2
POLL_SECONDS = 30
POLL_EVENTS = 100

#: What we subscribe to; everything else is never sent to us.
EVENTS = (
    "message_created",
    "message_callback",
    "message_edited",
    "message_removed",
    "bot_started",
    "bot_stopped",
    "dialog_removed",
)

#: Anything else is refused as a picture or as a video, and taken as a file
#: (dev.max.ru/docs-api/use-cases/sending-messages/attachment-types).
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/tiff", "image/bmp", "image/heic")
VIDEOS = ("video/mp4", "video/quicktime", "video/x-matroska", "video/webm")

_MEGABYTE = 1024 * 1024
_HOLD = UnknownRule(action="hold", look=READS_DIALOGS)

CAPABILITIES = Capabilities(
    platform="max",
    text=TEXT,
    caption=TEXT - SPAN_ROOM,
    spans=True,
    span_room=SPAN_ROOM,
    inline_row=7,
    inline_rows=30,
    inline_total=210,
    link_row=3,
    label=128,
    payload=1024,
    url_option=True,
    url=LINK,
    phone_request=True,
    phone_evidence="verified",
    takes={"image": PICTURES, "video": VIDEOS},
    image_bytes=50 * _MEGABYTE,
    file_bytes=50 * _MEGABYTE,  # ours; MAX takes files of 4 GB
    download_bytes=50 * _MEGABYTE,
    album=10,
    file_album=False,
    edit=True,
    delete=True,
    typing=TYPING_IN_DIALOGS,
    preview_off=True,
    quotes=True,
    chat_rate=CHAT_RATE,
    chat_burst=2,
    channel_rate=25.0,  # 30 calls in any second, of all methods of a bot
    channel_burst=3,
    counts_calls=True,
    upload_calls=1,
    rate_hint=1.0,
    rate_most=60.0,
    unknown={
        "answer": UnknownRule(action="resend", after=5.0, times=1, look=READS_DIALOGS),
        "operator": _HOLD,
        "notice": UnknownRule(action="leave", look=READS_DIALOGS),
        "secret": _HOLD,
    },
)
