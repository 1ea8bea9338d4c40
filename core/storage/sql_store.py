"""The Store port over an executor: every method is one job."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from core import pacing
from core.errors import MalformedUpdate, StoreUnavailable
from core.state import Refusal
from core.storage import jobs
from core.storage.doubt import Doubts
from core.storage.executor import Executor, RowsRefused
from core.storage.plan_begin import Begin
from core.storage.plan_chats import Intake
from core.storage.plan_delivery import Settle
from core.storage.plan_intake import Append
from core.storage.plan_pace import PaceJob
from core.storage.plan_turn import Save
from core.storage.plan_welcome import Ask, Give
from core.storage.plan_work import Finish, Fire
from core.storage.rules import Rules
from core.storage.taking import Chat, Claim, Handed
from core.store import Follower, Turner
from core.store_values import (
    Accepted,
    CallJob,
    Candidate,
    ChatClaim,
    Claimed,
    Delivered,
    DeskEvent,
    Done,
    FirstAnswer,
    QueueRow,
    StoredAttachment,
    StoredBundle,
    Waiting,
    Welcome,
)
from core.updates import AnyUpdate, OperatorOpened, Received

log = logging.getLogger(__name__)

#: A turn whose rows the database refuses is tried again after this long.
REFUSED_RETRY = timedelta(seconds=30)


class SqlStore:
    """core.store.Store on SQLite or PostgreSQL; see there what each method promises."""

    def __init__(
        self,
        executor: Executor,
        rules: Rules,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._executor = executor
        self._rules = rules
        self._only: Chat | None = None
        self._doubts = Doubts(executor, rules, sleep)
        executor.hand = self._hand
        executor.doubted = self._doubts.had

    def follow(
        self,
        *,
        turns: Follower | None = None,
        chats: Follower | None = None,
        calls: Follower | None = None,
        turner: Turner | None = None,
    ) -> None:
        """Whoever goes on with what a write made ready."""
        self._rules.hands.follow({"turns": turns, "chats": chats, "calls": calls}, turner)

    def keep_to(self, channel: str, chat: str) -> None:
        """Takes up the work of this chat and of no other."""
        self._only = channel, chat

    def _hand(self, handed: Handed) -> None:
        if handed.kin == "turned":
            self._keep(handed.claims)
        self._rules.hands.give(handed)

    def _keep(self, done: Sequence[Done]) -> None:
        for item in done:
            if item.turns:
                self._rules.known.keep(item.epoch, item.turns[-1][1].dialog)

    async def _filed(self, kind: jobs.Kind, job: Any) -> Any:
        """What a job that files updates answers. Whatever is wrong with a turn, its rows included,
        must not keep the update it is about from being filed; it is turned later then."""
        try:
            return await self._executor.run(kind, job)
        except (StoreUnavailable, KeyError):
            raise
        except Exception as error:
            if job.later:
                raise
            if not isinstance(error, RowsRefused):
                log.exception("a turn could not be made where its update is filed")
        return await self._executor.run(kind, msgspec.structs.replace(job, later=True))

    async def _run(self, name: str, job: Any) -> Any:
        return await self._executor.run(jobs.KINDS[name], job)

    async def accept(
        self, channel: str, received: Sequence[Received], now: datetime
    ) -> tuple[Accepted, ...]:
        """Files customers' updates."""
        job = Intake(channel=channel, received=tuple(received), now=now)
        try:
            accepted: tuple[Accepted, ...] = await self._filed(jobs.ACCEPT, job)
        except RowsRefused as error:
            raise MalformedUpdate(str(error)) from error
        return accepted

    async def append(
        self, dialog: str, update: AnyUpdate, now: datetime, dedup_key: str = ""
    ) -> Accepted:
        """Files an update for a dialog that exists."""
        job = Append(dialog=dialog, update=update, now=now, dedup_key=dedup_key)
        accepted: Accepted = await self._filed(jobs.APPEND, job)
        return accepted

    async def begin(
        self, identity: str, update: OperatorOpened, now: datetime, dedup_key: str
    ) -> Accepted:
        """Files an operator's first word in a person's chat."""
        job = Begin(identity=identity, update=update, now=now, dedup_key=dedup_key)
        accepted: Accepted = await self._executor.run(jobs.KINDS["begin"], job)
        return accepted

    async def claim(
        self, worker: str, now: datetime, limit: int, lease: timedelta
    ) -> tuple[Claimed, ...]:
        """Takes ready dialogs under lease, oldest due first."""
        job = Claim(worker=worker, now=now, limit=limit, lease=lease, only=self._only)
        claimed: tuple[Claimed, ...] = await self._run("claim", job)
        return claimed

    async def save(self, worker: str, done: Sequence[Done], now: datetime) -> tuple[str, ...]:
        """Writes the turns of a batch and lets the dialogs go."""
        job = Save(worker=worker, done=tuple(done), now=now)
        try:
            lost: tuple[str, ...] = await self._executor.run(jobs.SAVE, job)
        except StoreUnavailable:
            raise
        except Exception as error:
            if not isinstance(error, RowsRefused):
                log.exception("the turns of a batch could not be written")
            return await self._save_apart(job, error)
        self._keep([item for item in done if item.dialog not in lost])
        return lost

    async def _save_apart(self, job: Save, error: Exception) -> tuple[str, ...]:
        """One dialog's rows cannot be stored, or not even be made, which is a fault of ours: the
        others are saved without it.

        It keeps its updates, is marked with the error, and counts as lost."""
        if len(job.done) > 1:
            saves = (self.save(job.worker, [done], job.now) for done in job.done)
            return tuple(dialog for lost in await asyncio.gather(*saves) for dialog in lost)
        done = job.done[0]
        first = done.turns[0][0] if done.turns else done.seq + 1
        failed = msgspec.structs.replace(
            done,
            seq=first - 1,
            turns=(),
            error=f"store: {error if isinstance(error, RowsRefused) else type(error).__name__}",
            retry_at=job.now + REFUSED_RETRY,
        )
        await self._executor.run(jobs.SAVE, msgspec.structs.replace(job, done=(failed,)))
        return (done.dialog,)

    async def outcome(self, dialog: str, seq: int) -> tuple[bool, Refusal | None]:
        """Whether an update was turned, and the refusal if it was refused."""
        found: tuple[bool, Refusal | None] = await self._run("outcome", (dialog, seq))
        return found

    async def claim_chats(
        self,
        worker: str,
        now: datetime,
        limit: int,
        lease: timedelta,
        channels: tuple[str, ...] | None = None,
    ) -> tuple[ChatClaim, ...]:
        """Takes chats that have something to send now."""
        job = Claim(
            worker=worker,
            now=now,
            limit=limit,
            lease=lease,
            only=self._only,
            channels=channels,
        )
        claimed: tuple[ChatClaim, ...] = await self._run("claim_chats", job)
        return claimed

    async def settle(
        self,
        worker: str,
        chat: ChatClaim,
        outcomes: Sequence[Delivered],
        release: bool,
        now: datetime,
        lease: timedelta | None = None,
    ) -> bool:
        """Writes what became of rows."""
        job = Settle(
            worker=worker,
            chat=chat,
            outcomes=tuple(outcomes),
            release=release,
            now=now,
            lease=lease,
        )
        is_held: bool = await self._executor.run(jobs.SETTLE, job)
        return is_held

    async def first_answer(self, welcome: Welcome, now: datetime) -> FirstAnswer:
        """What may be given as the answer to the request of an update."""
        found: FirstAnswer = await self._run("first_answer", Ask(welcome=welcome, now=now))
        return found

    async def settle_answer(
        self, welcome: Welcome, claim: ChatClaim, outcome: Delivered | None, now: datetime
    ) -> bool:
        """Writes what became of it and lets the chat go."""
        job = Give(welcome=welcome, claim=claim, outcome=outcome, now=now)
        is_held: bool = await self._run("settle_answer", job)
        return is_held

    async def fire_timers(self, now: datetime, limit: int) -> int:
        """Turns due timer rows into updates; how many."""
        fired: int = await self._run("fire_timers", Fire(now=now, limit=limit, only=self._only))
        return fired

    async def claim_calls(
        self, worker: str, now: datetime, limit: int, lease: timedelta
    ) -> tuple[CallJob, ...]:
        """Takes journalled calls to be made."""
        job = Claim(worker=worker, now=now, limit=limit, lease=lease, only=self._only)
        claimed: tuple[CallJob, ...] = await self._run("claim_calls", job)
        return claimed

    async def finish_call(
        self, worker: str, job: CallJob, update: AnyUpdate, now: datetime
    ) -> Accepted | None:
        """Writes a call's result into the journal and files it as an update."""
        finish = Finish(worker=worker, job=job, update=update, now=now)
        accepted: Accepted | None = await self._filed(jobs.FINISH_CALL, finish)
        return accepted

    async def take_tokens(
        self, channel: str, scope: str, limits: pacing.Limits, ask: pacing.Ask, now: datetime
    ) -> pacing.Kept:
        """Gives out tokens of a scope."""
        job = PaceJob(channel=channel, scope=scope, limits=limits, ask=ask, now=now)
        kept: pacing.Kept = await self._executor.run(jobs.PACE, job)
        return kept

    async def complain(
        self,
        channel: str,
        scope: str,
        limits: pacing.Limits,
        refused: pacing.Refused,
        now: datetime,
    ) -> pacing.Kept:
        """Everybody waits."""
        job = PaceJob(channel=channel, scope=scope, limits=limits, how=refused, now=now)
        kept: pacing.Kept = await self._executor.run(jobs.PACE, job)
        return kept

    async def relent(self, channel: str, scope: str, now: datetime) -> None:
        """The next wait is a first one."""
        await self._executor.run(jobs.PACE, PaceJob(channel=channel, scope=scope, now=now))

    async def complaints(self, now: datetime) -> tuple[pacing.Kept, ...]:
        """Scopes that have not recovered from a complaint."""
        found: tuple[pacing.Kept, ...] = await self._run("complaints", (now,))
        return found

    async def events(self, after: int, limit: int) -> tuple[DeskEvent, ...]:
        """The live feed after a position."""
        found: tuple[DeskEvent, ...] = await self._run("events", (after, limit))
        return found

    async def put_bundle(self, sha256: str, content: bytes, now: datetime) -> None:
        """Keeps a bundle."""
        await self._run("put_bundle", (sha256, content, now))

    async def bundle(self, sha256: str) -> StoredBundle | None:
        """A bundle with its content."""
        found: StoredBundle | None = await self._run("bundle", (sha256,))
        return found

    async def bundles(self) -> tuple[StoredBundle, ...]:
        """All bundles without content."""
        found: tuple[StoredBundle, ...] = await self._run("bundles", ())
        return found

    async def active_bundle(self) -> StoredBundle | None:
        """The bundle of new dialogs."""
        found: StoredBundle | None = await self._run("active_bundle", ())
        return found

    async def activate_bundle(self, sha256: str, by: str, now: datetime) -> bool:
        """Makes it the bundle of new dialogs."""
        is_known: bool = await self._run("activate_bundle", (sha256, by, now))
        return is_known

    async def break_bundle(self, sha256: str, reason: str, now: datetime) -> None:
        """Marks a bundle that must not run."""
        await self._run("break_bundle", (sha256, reason, now))

    async def cursor(self, channel: str) -> str:
        """How far a polling channel has read."""
        value: str = await self._run("cursor", (channel,))
        return value

    async def put_cursor(self, channel: str, value: str, now: datetime) -> None:
        """Remembers how far it has read."""
        await self._run("put_cursor", (channel, value, now))

    async def seen_poison(self, channel: str, sha256: str, sample: str, now: datetime) -> bool:
        """Counts a body that could not be parsed."""
        is_repeat: bool = await self._run("seen_poison", (channel, sha256, sample, now))
        return is_repeat

    async def attempt(
        self, keys: Sequence[str], window: timedelta, limit: int, now: datetime
    ) -> bool:
        """Counts one try under every key and says whether it is allowed."""
        is_allowed: bool = await self._run("attempt", (tuple(keys), window, limit, now))
        return is_allowed

    async def sweep(self, now: datetime) -> int:
        """Forgets what has had its time."""
        gone: int = await self._run("sweep", (now,))
        return gone

    async def put_attachment(self, attachment: StoredAttachment, now: datetime) -> None:
        """Writes a file's row."""
        await self._run("put_attachment", (attachment, now))

    async def attachment(self, id_: str) -> StoredAttachment | None:
        """A file's row."""
        found: StoredAttachment | None = await self._run("attachment", (id_,))
        return found

    async def queues(self) -> tuple[QueueRow, ...]:
        """Every queue in use."""
        found: tuple[QueueRow, ...] = await self._run("queues", ())
        return found

    async def to_assign(
        self, limit: int, heard_since: datetime, now: datetime
    ) -> tuple[tuple[Waiting, ...], tuple[Candidate, ...]]:
        """Who waits for automatic assignment, and who could take them."""
        found: tuple[tuple[Waiting, ...], tuple[Candidate, ...]] = await self._run(
            "to_assign", (limit, heard_since, now)
        )
        return found

    async def vanished(self, silent_since: datetime, now: datetime) -> tuple[str, ...]:
        """Sets silent operators offline and tells their dialogs."""
        ids: tuple[str, ...] = await self._run("vanished", (silent_since, now))
        return ids

    async def close(self) -> None:
        """Finishes what is queued and closes the database."""
        await self._doubts.close()
        await self._executor.close()
