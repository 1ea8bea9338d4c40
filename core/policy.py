"""The numbers the engine obeys; made of settings by the composition root."""

from datetime import timedelta
from typing import Literal

import msgspec

Question = Literal["csi", "nps", "mixed", "off"]


class RatingChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What people may choose of RatingPolicy while the product runs."""

    question: Question
    csi_scale: tuple[int, int]
    nps_scale: tuple[int, int]


class RatingPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """question: which is asked after a close. csi_scale, nps_scale: (low, high) inclusive.

    mixed: NPS for `nps_sample` of the people not asked for it during nps_cooldown, else CSI.
    window: an answer counts until then; change: a given value may be changed until then;
    comment: the next text within this time is the comment.
    """

    question: Question = "csi"
    csi_scale: tuple[int, int] = (1, 5)
    nps_scale: tuple[int, int] = (0, 10)
    nps_sample: float = 0.1
    nps_cooldown: timedelta = timedelta(days=90)
    window: timedelta = timedelta(hours=72)
    change: timedelta = timedelta(hours=24)
    comment: timedelta = timedelta(minutes=10)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """call_wait: after it `wait` of a call is said. reopen_window: a closed dialog takes new words
    for so long. bundle_age: a dialog older than this moves to the active bundle.
    steps_per_turn, same_call, stack: guards against loops; stack: scenarios under way, without the
    access scenario. waiting_note: at most this often a
    waiting customer is told the place. secret_life: an unused secret is wiped after it.
    auto_close: a dialog in an operator's hands with a silent customer closes after it.
    undo: a close or transfer may be taken back for so long, and its texts wait for it;
    undo_grace: so much longer they wait, for a command on its way.
    """

    call_wait: timedelta = timedelta(seconds=2)
    reopen_window: timedelta = timedelta(hours=24)
    bundle_age: timedelta = timedelta(hours=24)
    steps_per_turn: int = 50
    same_call: int = 3
    stack: int = 6
    state_bytes: int = 64 * 1024
    waiting_note: timedelta = timedelta(minutes=5)
    secret_life: timedelta = timedelta(minutes=15)
    auto_close: timedelta = timedelta(hours=24)
    undo: timedelta = timedelta(seconds=5)
    undo_grace: timedelta = timedelta(seconds=1)
    default_queue: str = "first_line"
    rating: RatingPolicy = RatingPolicy()
