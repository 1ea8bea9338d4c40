"""The moves of a dialog between its owners: each changes state, records and timers together."""

from core.scenario.place import Frame
from core.turn import TurnDraft


def escalate(
    draft: TurnDraft, *, reason: str, queue: str, say: str = "", summary: str = ""
) -> None:
    """Gives the dialog to a queue, the place frozen; `say` replaces the standard sentence."""
    raise NotImplementedError


def close(draft: TurnDraft, result: str, by: str) -> None:
    """Closes the dialog with `result`, asking for a rating where the policy wants one."""
    raise NotImplementedError


def top_frame(draft: TurnDraft) -> Frame | None:
    """The scenario that runs now."""
    place = draft.dialog.place
    return place.stack[-1] if place and place.stack else None
