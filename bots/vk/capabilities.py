"""Limits and abilities of the VK API 5.199 for communities, as data."""

from core.channel import Capabilities, UnknownRule

API_VERSION = "5.199"

#: What we subscribe to; everything else is never sent to us.
EVENTS = (
    "message_new",
    "message_event",
    "message_allow",
    "message_deny",
    "message_reply",
    "message_edit",
    "message_read",
    "message_typing_state",
)
#: Subscribed to only where comments are answered.
COMMENT_EVENT = "wall_reply_new"
#: What a token must be allowed to do.
RIGHTS = ("manage", "messages", "photos", "docs")
#: And where comments are answered.
COMMENT_RIGHT = "wall"  # unverified
#: Seconds within which VK wants its `ok`; repeats were seen after 4 s and 10 s.
ANSWER_SECONDS = 3.0  # unverified
#: Seconds «is typing» is shown.
TYPING_SECONDS = 10  # unverified
#: A repeat of a send with the same random_id is dropped at least this long; documented windows
#: differ between one hour and for ever.
SAME_KEY_MINUTES = 50
#: A message without an intent passes so long after the person's last word.
WINDOW_HOURS = 24.0  # unverified
#: So often, with pauses that double from 5 s to 5 min, it is repeated within that time; once more
#: it is looked for when the time is over.
SAME_KEY_TIMES = 14
#: Messages of a dialog that are looked through for one that was perhaps sent.
LOOK_BACK = 20
#: Conversations of several people have higher ids than this.
GROUP_CHATS = 2_000_000_000
#: Letters of the name under which our server is registered.
SERVER_TITLE = 14
#: Buttons of a keyboard row; a link takes the place of two.
ROW, LINK_ROOM = 5, 2

_MEGABYTE = 1024 * 1024
#: The same random_id makes a repeat harmless, whoever is the author.
_REPEAT = UnknownRule(action="resend", after=5.0, times=SAME_KEY_TIMES, same_key=True, look=True)

CAPABILITIES = Capabilities(
    platform="vk",
    text=9000,
    caption=9000,
    inline_row=ROW,
    inline_rows=6,
    inline_total=10,
    reply_row=ROW,
    reply_rows=10,
    reply_total=40,
    link_row=ROW // LINK_ROOM,
    link_room=LINK_ROOM,
    label=40,
    payload=240,
    url_option=True,
    image_bytes=50 * _MEGABYTE,
    file_bytes=50 * _MEGABYTE,
    download_bytes=50 * _MEGABYTE,
    album=10,
    edit=True,
    delete=True,
    typing=True,
    seen=True,
    preview_off=True,
    quotes=True,
    channel_rate=16.0,  # 20 calls in any second, of all methods of a token
    channel_burst=3,
    counts_calls=True,
    upload_calls=2,
    rate_hint=1.0,
    window_hours=WINDOW_HOURS,
    unknown={
        "answer": _REPEAT,
        "operator": _REPEAT,
        "notice": _REPEAT,
        "secret": _REPEAT,
    },
)
