"""What operators do, without HTTP: each command becomes an update of its dialog and waits for
the turn that decides it.

A command answers with a core.state.Refusal, or with what it made. StoreUnavailable means that
nobody turned the update in time; it is filed all the same and a repeat with the same key finds it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec.structs import replace

from core.access import Person, View, may_act
from core.bus.topics import DESK, DIALOGS
from core.content import Outgoing
from core.desk_accounts import Account
from core.desk_values import Ending, Line, Return, Sorting
from core.masking import mask
from core.queue import has_room
from core.state import Refusal
from core.updates import (
    MessageSettled,
    OperatorClosed,
    OperatorGone,
    OperatorNoted,
    OperatorOpened,
    OperatorReplied,
    OperatorReturnedToBot,
    OperatorRewrote,
    OperatorSorted,
    OperatorTook,
    OperatorTransferred,
    OperatorUndid,
)
from handlers.commands import NOT_FOUND, Commands

#: How many of those who wait are looked at by `take_next`.
_NEXT_LOOK = 20
#: (channel, address, its ids of the messages, new text or None): changes or takes back.
AtPlatform = Callable[[str, str, Sequence[str], str | None], Awaitable[None]]
_GONE = frozenset({"sent", "delivered", "seen"})
#: Tags of one dialog.
_TAGS = 30


class Operators(Commands):
    """The commands of people at the desk."""

    # -- taking

    async def take(
        self, person: Person, dialog: str, *, state_rev: int, key: str, force: bool = False
    ) -> Refusal | None:
        """The dialog is theirs, unless somebody was faster or their hands are full. force: from a
        colleague or the bot."""
        row, seen = await self._seen(person, dialog)
        if row is None or seen == "none":
            return NOT_FOUND
        if force and not person.is_supervisor:
            return Refusal(code="forbidden", detail="force")
        if seen == "row" and not (row.whose.queue and person.serves(row.whose.queue)):
            return Refusal(code="forbidden", detail="queue")
        if row.state == "bot" and row.state_rev == state_rev and not force:
            return Refusal(code="taken", detail="bot")
        update = OperatorTook(
            operator=person.id,
            name=person.name,
            state_rev=state_rev,
            supervisor=person.is_supervisor and seen == "full",
            how="forced" if force else "taken",
        )
        if row.operator == person.id and row.state == "with_operator":
            return await self._command(dialog, update, key)
        async with self._hands(person.id) as in_hand:
            if not has_room(in_hand, person.limit):
                return Refusal(code="limit_reached", detail=str(person.limit))
            return await self._command(dialog, update, key)

    async def take_next(
        self, person: Person, queues: frozenset[str] | None, key: str
    ) -> str | Refusal | None:
        """The id of the dialog that waited longest, now theirs; None when nothing waits.

        queues: only these of their own queues."""
        wanted = person.own_of(queues)
        async with self._hands(person.id) as in_hand:
            if not has_room(in_hand, person.limit):
                return Refusal(code="limit_reached", detail=str(person.limit))
            for dialog in await self.desk.waiting(wanted, _NEXT_LOOK):
                row, _ = await self._seen(person, dialog)
                if row is None or row.state != "queued":
                    continue
                update = OperatorTook(operator=person.id, name=person.name, state_rev=row.state_rev)
                if await self._command(dialog, update, f"{key}:{row.state_rev}") is None:
                    return dialog
        return None

    # -- messages

    async def reply(
        self, person: Person, dialog: str, client_id: str, content: Outgoing
    ) -> Line | Refusal:
        """A message to the customer; the same client id again is the same message."""
        by = await self._by(person, dialog)
        if by is None:
            return NOT_FOUND
        update = OperatorReplied(**by, client_id=client_id, content=content)
        return await self._message(dialog, update, client_id)

    async def note(
        self, person: Person, dialog: str, client_id: str, text: str, mentions: Sequence[str] = ()
    ) -> Line | Refusal:
        """A line the customer never sees, with secrets masked as in customers' own words; people
        it mentions are told."""
        _, seen = await self._seen(person, dialog)
        if seen != "full":
            return NOT_FOUND if seen == "none" else Refusal(code="not_owner")
        update = OperatorNoted(
            operator=person.id, name=person.name, client_id=client_id, text=mask(text)[0]
        )
        line = await self._message(dialog, update, client_id)
        if isinstance(line, Line):
            # of a repeat as well: nobody knows how far the try before it came
            for operator in dict.fromkeys(mentions):
                await self.desk.tell(
                    "mention",
                    self.clock(),
                    dialog=dialog,
                    by=person.id,
                    kind=operator,
                    first_n=line.n,
                )
            self.bus.wake(DESK)
        return line

    async def settle(
        self, person: Person, dialog: str, n: int, *, resend: bool, key: str
    ) -> Line | Refusal:
        """Sends a message once more, or says that it arrived; only one whose fate is open."""
        row, seen = await self._seen(person, dialog)
        line = await self.desk.line(dialog, n)
        if row is None or line is None or seen == "none":
            return NOT_FOUND
        if not may_act(person, row.whose):
            return Refusal(code="not_owner", by=row.operator_name)
        if line.delivery not in ("failed", "unknown"):
            return Refusal(code="validation", detail="delivery")
        update = MessageSettled(
            operator=person.id,
            name=person.name,
            supervisor=person.is_supervisor,
            n=n,
            resend=resend,
        )
        refusal = await self._command(dialog, update, key)
        return refusal or await self.desk.line(dialog, n) or NOT_FOUND

    async def rewrite(
        self, person: Person, dialog: str, n: int, text: str | None, at_platform: AtPlatform
    ) -> Line | Refusal:
        """Changes one's own message, or takes it back (text None), at the platform first.

        Raises core.errors.ChannelError when the platform does not; then nothing changed."""
        row, seen = await self._seen(person, dialog)
        line = await self.desk.line(dialog, n)
        if row is None or line is None or seen == "none":
            return NOT_FOUND
        if line.author_kind != "operator" or line.deleted_at is not None:
            return Refusal(code="validation", detail="message")
        if not may_act(person, row.whose) or person.id != line.author_id:
            return Refusal(code="not_owner", by=row.operator_name)
        if line.kind == "note" and text is not None:
            text = mask(text)[0]
        if line.kind == "text" and line.delivery in _GONE:
            chat, ids = await self.desk.chat_of(dialog), await self.desk.sent_ids(dialog, n)
            if chat is None or not ids or (text is not None and len(ids) > 1):
                return Refusal(code="validation", detail="message")
            await at_platform(*chat, ids, text)
        elif text is not None and line.kind == "text":
            return Refusal(code="validation", detail="delivery")
        update = OperatorRewrote(
            operator=person.id,
            name=person.name,
            supervisor=person.is_supervisor,
            n=n,
            text=text,
        )
        refusal = await self._command(dialog, update, "")
        return refusal or await self.desk.line(dialog, n) or NOT_FOUND

    async def open(
        self, person: Person, identity: str, client_id: str, content: Outgoing
    ) -> tuple[str, Refusal | None]:
        """Writes first to a person: the dialog, theirs now, or who is busy with it already."""
        update = OperatorOpened(
            operator=person.id, name=person.name, client_id=client_id, content=content
        )
        async with self._hands(person.id) as in_hand:
            if not has_room(in_hand, person.limit):
                return "", Refusal(code="limit_reached", detail=str(person.limit))
            try:
                accepted = await self.store.begin(
                    identity, update, self.clock(), f"message:{client_id}"
                )
            except KeyError:
                return "", NOT_FOUND
            self.bus.wake(DIALOGS)
            return accepted.dialog, await self._outcome(accepted)

    async def sort(
        self, person: Person, dialog: str, *, state_rev: int, sorting: Sorting
    ) -> Refusal | None:
        """Topic, tags and priority of a dialog one has; priority is the supervisors'."""
        row, seen = await self._seen(person, dialog)
        if row is None or seen == "none":
            return NOT_FOUND
        if sorting.priority is not None and not person.is_supervisor:
            return Refusal(code="forbidden", detail="priority")
        tags = {*row.tags, *sorting.tags_add} - set(sorting.tags_remove)
        if len(tags) > _TAGS:
            return Refusal(code="validation", detail="tags_add")
        update = OperatorSorted(
            **_said_by(person, seen, state_rev),
            topic=sorting.topic,
            tags_add=sorting.tags_add,
            tags_remove=sorting.tags_remove,
            priority=sorting.priority,
        )
        return await self._command(dialog, update, "")

    # -- handing over and ending

    async def transfer(
        self,
        person: Person,
        dialog: str,
        *,
        state_rev: int,
        key: str,
        to_queue: str = "",
        to_operator: str = "",
        comment: str = "",
        undo: str = "",
    ) -> Refusal | None:
        """To a queue, or to a colleague who is on the line and has room.

        undo: the id under which it may be taken back."""
        row, seen = await self._seen(person, dialog)
        if row is None or seen == "none":
            return NOT_FOUND
        update = OperatorTransferred(
            **_said_by(person, seen, state_rev),
            to_queue=to_queue,
            comment=mask(comment)[0],
            undo=undo,
        )
        if not to_operator:
            if to_queue not in {queue.id for queue in await self.desk.desk_queues()}:
                return Refusal(code="validation", detail="to/queue_id")
            return await self._command(dialog, update, key)
        target = await self.desk.account(to_operator)
        if target is None or not target.person().is_operator or target.archived_at:
            return Refusal(code="validation", detail="to/operator_id")
        if target.id == row.operator:
            return Refusal(code="validation", detail="to/operator_id")
        async with self._hands(target.id) as in_hand:
            if not await self._is_free(target.id, in_hand):
                return Refusal(code="limit_reached", by=target.name)
            to = {"to_operator": target.id, "to_name": target.name}
            return await self._command(dialog, replace(update, **to), key)

    async def return_to_bot(
        self, person: Person, dialog: str, *, state_rev: int, key: str, to: Return
    ) -> Refusal | None:
        """The bot goes on at a step marked as entry, or asks what else."""
        by = await self._by(person, dialog, state_rev)
        if by is None:
            return NOT_FOUND
        update = OperatorReturnedToBot(
            **by,
            scenario=to.scenario,
            step=to.step,
            slots=dict(to.slots),
            say=to.say,
        )
        return await self._command(dialog, update, key)

    async def close(
        self,
        person: Person,
        dialog: str,
        *,
        state_rev: int,
        key: str,
        ending: Ending,
        undo: str = "",
    ) -> Refusal | None:
        """Ends the dialog, unless the customer wrote something the operator has not seen.

        undo: the id under which it may be taken back."""
        by = await self._by(person, dialog, state_rev)
        if by is None:
            return NOT_FOUND
        update = OperatorClosed(
            **by,
            seen_n=ending.seen_n,
            result=ending.result,
            ask_rating=ending.ask_rating,
            skip_reason=ending.skip_reason,
            say=ending.say,
            undo=undo,
        )
        return await self._command(dialog, update, key)

    async def undo(self, person: Person, dialog: str, undo: str) -> Refusal | None:
        """Takes back one's own close or transfer; what the customer was to be told stays unsent."""
        row, seen = await self._seen(person, dialog)
        if row is None or seen == "none":
            return NOT_FOUND
        kept = await self.desk.undo(undo)
        if kept is None or kept.dialog != dialog or kept.until < self.clock():
            return Refusal(code="undo_expired")
        if kept.operator != person.id:
            return Refusal(code="forbidden", detail="undo")
        update = OperatorUndid(
            operator=person.id,
            name=person.name,
            supervisor=person.is_supervisor,
            undo=undo,
            before=kept.before,
        )
        return await self._command(dialog, update, f"undo:{undo}")

    # -- presence

    async def set_status(
        self,
        operator: Account,
        status: str,
        *,
        by: Person,
        reason: str = "",
        hand_back: bool | None = None,
    ) -> Account | Refusal:
        """Online, break or offline. Going offline with dialogs in hand must say what becomes of
        them: True returns them to their queues, False keeps them."""
        async with self._hands(operator.id) as in_hand:
            if status == "offline" and in_hand and hand_back is None:
                return Refusal(code="validation", detail="hand_back")
            now = self.clock()
            changed = await self.desk.put_status(operator.id, status, reason, by.id, now)
        if changed is None:
            return NOT_FOUND
        if status == "offline" and hand_back:
            await self.release(operator.id, "offline")
            changed = await self.desk.account(operator.id) or changed
        self.bus.wake(DESK)
        return changed

    async def release(self, operator: str, why: str) -> None:
        """All their dialogs go back to the queues, waiting times kept."""
        update = OperatorGone(operator=operator, why=why)
        for dialog in await self.desk.in_hand(operator):
            await self._command(dialog, update, "")

    async def _by(
        self, person: Person, dialog: str, state_rev: int | None = None
    ) -> dict[str, Any] | None:
        """As `_said_by`; None when the dialog is not there for them."""
        row, seen = await self._seen(person, dialog)
        return None if row is None or seen == "none" else _said_by(person, seen, state_rev)

    # -- by itself

    async def give(self, dialog: str, state_rev: int, operator: str, name: str) -> Refusal | None:
        """A waiting dialog goes to an operator by itself (handlers.assignment), unless they left
        or took another one since that was decided."""
        async with self._hands(operator) as in_hand:
            if not await self._is_free(operator, in_hand):
                return Refusal(code="limit_reached", by=name)
            update = OperatorTook(operator=operator, name=name, state_rev=state_rev, how="auto")
            return await self._command(dialog, update, f"auto:{state_rev}:{operator}")

    async def _is_free(self, operator: str, in_hand: int) -> bool:
        """On the line, with room for one more; asked while nobody else gives them one."""
        account = await self.desk.account(operator)
        if account is None or account.archived_at is not None:
            return False
        return account.status == "online" and has_room(in_hand, account.limit)


def _said_by(person: Person, seen: View, state_rev: int | None) -> dict[str, Any]:
    """What every update of a person says of them; who sees only the row supervises nothing."""
    return {
        "operator": person.id,
        "name": person.name,
        "state_rev": state_rev,
        "supervisor": person.is_supervisor and seen == "full",
    }
