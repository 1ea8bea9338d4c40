"""Ratings: which question a closing asks, and how an answer is read.

Rules are METRICS' section «CSI and NPS»: one ask per closing, one answer in force per dialog,
values stored as given together with their scale.
"""

import hashlib
from datetime import datetime
from functools import lru_cache

from msgspec.structs import replace

from core.policy import RatingPolicy
from core.records import Rating
from core.state import Dialog, Facts
from core.turn import Offer, TurnDraft


def asked_metric(policy: RatingPolicy, dialog: Dialog, facts: Facts, now: datetime) -> str:
    """`csi`, `nps` or `off`: the question this closing asks."""
    if policy.question != "mixed":
        return policy.question
    last = facts.asked_nps_at
    if last is not None and now - last < policy.nps_cooldown:
        return "csi"
    quarter = f"{now.year}-{(now.month - 1) // 3}"
    digest = hashlib.blake2b(f"{dialog.identity}:{quarter}".encode(), digest_size=4).digest()
    return "nps" if int.from_bytes(digest) / 2**32 < policy.nps_sample else "csi"


def why_not(draft: TurnDraft, result: str, by: str) -> str:
    """Why this closing asks nobody, empty when it may ask."""
    dialog = draft.dialog
    if draft.policy.rating.question == "off":
        return "off"
    if by == "timer":
        return "silence"
    if dialog.public:
        return "public"
    if dialog.gone:
        return "unreachable"
    if dialog.rating is not None and dialog.rating.value is not None:
        return "already_answered"
    if draft.facts.answered_today:
        return "answered_today"
    if not dialog.human and result not in draft.bundle.bot.rating_after:
        return "no_result"
    return ""


def ask(draft: TurnDraft) -> None:
    """Asks the rating question: state `rating`, a record, a timer for the answer window."""
    policy = draft.policy.rating
    metric = asked_metric(policy, draft.dialog, draft.facts, draft.now)
    nps = metric == "nps"
    low, high = policy.nps_scale if nps else policy.csi_scale
    question = draft.text("rating_nps" if nps else "rating_csi", low=low, high=high)
    spoken = draft.ask(question, _marks(low, high))
    rating = Rating(
        n=draft.next_number("rating"),
        metric="nps" if nps else "csi",
        scale=(low, high),
        question=question,
        asked_at=draft.now,
        operator=draft.dialog.holding.operator if draft.dialog.holding else "",
        queue=draft.dialog.escalation.queue if draft.dialog.escalation else "",
    )
    draft.note(rating)
    draft.change(state="rating", rating=rating, open_options=spoken.shown)
    draft.start_timer("rating", draft.now + policy.window)


@lru_cache(maxsize=16)
def _marks(low: int, high: int) -> tuple[Offer, ...]:
    """One button for each mark of a scale."""
    return tuple(
        Offer(key=str(mark), label=str(mark), kind="rating") for mark in range(low, high + 1)
    )


def skip(draft: TurnDraft, reason: str) -> None:
    """Writes down that this closing asked nobody, and why."""
    policy = draft.policy.rating
    rating = Rating(
        n=draft.next_number("rating"), metric="csi", scale=policy.csi_scale, not_asked=reason
    )
    draft.note(rating)


def give(draft: TurnDraft, value: int, comment: str = "") -> bool:
    """Takes an answer to the open ask, or changes one given lately; False if it is no answer.

    The first answer closes the dialog; the caller does that."""
    rating = draft.dialog.rating
    if rating is None or rating.asked_at is None or rating.withdrawn_at is not None:
        return False
    if not rating.scale[0] <= value <= rating.scale[1]:
        return False
    now, policy = draft.now, draft.policy.rating
    if now - rating.asked_at >= policy.window:
        return False
    if rating.value is None:
        rating = replace(
            rating, value=value, first_value=value, answered_at=now, comment=comment.strip()
        )
    elif rating.answered_at is not None and now - rating.answered_at < policy.change:
        rating = replace(rating, value=value, changed_at=now)
    else:
        return False
    _write(draft, rating)
    return True


def comment(draft: TurnDraft, text: str) -> None:
    """Keeps the text as the comment of the answer in force."""
    rating = draft.dialog.rating
    if rating is not None:
        _write(draft, replace(rating, comment=text.strip()))


def takes_comment(draft: TurnDraft) -> bool:
    """Whether the next text is the comment to a rating just given."""
    rating = draft.dialog.rating
    return (
        rating is not None
        and rating.answered_at is not None
        and not rating.comment
        and draft.now - rating.answered_at < draft.policy.rating.comment
    )


def withdraw(draft: TurnDraft) -> None:
    """A reopened dialog withdraws an open ask: neither asked nor unanswered."""
    rating = draft.dialog.rating
    draft.cancel_timer("rating")
    if rating is not None and rating.value is None and rating.withdrawn_at is None:
        _write(draft, replace(rating, withdrawn_at=draft.now))


def _write(draft: TurnDraft, rating: Rating) -> None:
    draft.note(rating)
    draft.change(rating=rating)
