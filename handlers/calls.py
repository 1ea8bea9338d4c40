"""Service calls: a journalled Call -> the service -> CallReturned or CallFailed, as an update.

The engine never meets an exception of a service; it meets a name its scenario may branch on.
No argument and no message of an unexpected exception is logged: they may hold secrets.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Protocol

from core.backoffice.port import Backoffice
from core.errors import Refused, Unavailable
from core.scenario.model import Signature
from core.scenario.services import (
    AttemptLimits,
    Attempts,
    CallContext,
    Service,
    checked,
    result_json,
    signature,
)
from core.store_values import Accepted, CallJob
from core.updates import AnyUpdate, CallFailed, CallReturned
from handlers.again import stored

log = logging.getLogger(__name__)

#: Seconds; no service is given more, whatever it or a scenario asks for.
LONGEST = 60.0
#: Calls of one service at once: a slow one holds up only itself.
PER_SERVICE = 16
AT_ONCE = 128
#: A call that was taken up so often and never finished is what ends its makers.
CRASHES = 3
#: Seconds between attempts to write an outcome while the database is away.
WRITE_AGAIN = (0.5, 1.0, 2.0, 4.0)

Outcome = CallReturned | CallFailed


class Journal(Protocol):
    """The two words of core.store.Store that calls need; see there."""

    async def claim_calls(
        self, worker: str, now: datetime, limit: int, lease: timedelta
    ) -> tuple[CallJob, ...]: ...

    async def finish_call(
        self, worker: str, job: CallJob, update: AnyUpdate, now: datetime
    ) -> Accepted | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The services and what they may use. places: calls of one service at once."""

    services: tuple[Service, ...]
    backoffice: Backoffice
    attempts: Attempts
    limits: AttemptLimits = field(default_factory=AttemptLimits)
    places: int = PER_SERVICE


class _Listed:
    """A service with what belongs to it."""

    def __init__(self, service: Service, places: int) -> None:
        self.service = service
        self.signature: Signature = signature(service)
        self.places = asyncio.Semaphore(places)


class Calls:
    """One worker's share of the calls."""

    def __init__(
        self,
        journal: Journal,
        company: Company,
        *,
        unseal: Callable[[str, str], str],
        worker: str,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        started: Callable[[CallJob], None] = lambda job: None,
        ended: Callable[[CallJob, Outcome, float], None] = lambda job, outcome, seconds: None,
    ) -> None:
        """unseal: (dialog, sealed value) -> secret. sleep: pads opaque answers; `otklik chat`
        passes one that costs no time. started: told of each call before it; ended: after its
        outcome was written, with the seconds it took. `over` is called last of all, however it
        went; whoever wants to know sets it."""
        self.over: Callable[[CallJob], None] = lambda job: None
        self.journal = journal
        self.company = company
        self.services: Mapping[str, _Listed] = {
            service.name: _Listed(service, company.places) for service in company.services
        }
        self.longest = min(LONGEST, max((s.timeout for s in company.services), default=LONGEST))
        self.lease = lease_of(self.longest, company.services)
        self.unseal = unseal
        self.worker = worker
        self.clock = clock
        self.sleep = sleep
        self.started = started
        self.ended = ended
        self._busy: set[asyncio.Task[None]] = set()
        self._resting = 0
        self._freed = asyncio.Event()

    async def step(self) -> int:
        """Takes calls that wait and makes them beside each other; how many it took."""
        room = self.room()
        if room <= 0:
            self._freed.clear()
            await self._freed.wait()
            return 1
        jobs = await self.journal.claim_calls(self.worker, self.clock(), room, self.lease)
        self.take(jobs)
        return len(jobs)

    def room(self) -> int:
        """How many more calls may be handed over; see core.store.Follower."""
        return AT_ONCE - len(self._busy) + self._resting

    def take(self, jobs: Sequence[CallJob]) -> None:
        """Makes these calls beside each other."""
        for job in jobs:
            task = asyncio.create_task(self._make(job), name=f"call {job.service}")
            self._busy.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._freed.set()

    async def drain(self) -> None:
        """Waits for the calls under way; called when the process stops, and by `otklik chat`."""
        while self._busy:
            await asyncio.wait(self._busy)

    async def _make(self, job: CallJob) -> None:
        begun = self.clock()
        self.started(job)
        try:
            outcome = await self._outcome(job)
            await self._write(job, outcome)
            self.ended(job, outcome, (self.clock() - begun).total_seconds())
        except Exception as error:  # the lease ends by itself; another attempt follows
            _log_failure(job, error)
        finally:
            self.over(job)

    async def _outcome(self, job: CallJob) -> Outcome:
        listed = self.services.get(job.service)
        if listed is None:
            log.error("no service «%s»: the bundle knows it, this process does not", job.service)
            return _unavailable(job)
        service = listed.service
        if not may_make(service, job.tries):
            log.error("call of %s was cut short and is not repeated", job.service)
            return _unavailable(job)
        begun = self.clock()
        outcome = await self._called(listed, job)
        if service.opaque:
            elapsed = (self.clock() - begun).total_seconds()
            await self._rest(padding(elapsed, service.at_least))
        return outcome

    async def _rest(self, seconds: float) -> None:
        """Pads an opaque answer; whoever only waits takes no room from others."""
        self._resting += 1
        self._freed.set()
        try:
            await self.sleep(seconds)
        finally:
            self._resting -= 1

    async def _called(self, listed: _Listed, job: CallJob) -> Outcome:
        timeout = min(job.timeout, self.longest)
        try:
            async with asyncio.timeout(timeout), listed.places:
                result = await self._run(listed, job, self.clock() + timedelta(seconds=timeout))
        except TimeoutError:
            log.warning("call of %s took longer than %g s", job.service, timeout)
            return CallFailed(key=job.key, name="timeout")
        except Unavailable as error:
            log.warning("call of %s: unavailable: %s", job.service, _reason(listed, job, error))
        except Refused as refused:
            if refused.name in listed.service.errors:
                # What an opaque service says besides the name might tell who is known.
                text = "" if listed.service.opaque else refused.text
                return CallFailed(key=job.key, name=refused.name, text=text)
            log.warning("call of %s: it refused by a name it does not declare", job.service)
        except Exception as error:
            _log_failure(job, error)
        else:
            return CallReturned(key=job.key, result=result)
        return _unavailable(job)

    async def _run(self, listed: _Listed, job: CallJob, deadline: datetime) -> dict[str, Any]:
        given = {
            name: self.unseal(job.dialog, value) if name in job.sealed else value
            for name, value in job.arguments.items()
        }
        context = CallContext(
            key=job.key,
            deadline=deadline,
            identity=job.identity,
            channel=job.channel,
            chat=job.chat,
            backoffice=self.company.backoffice,
            attempts=self.company.attempts,
            limits=self.company.limits,
        )
        answer = await listed.service.func(context, **given)
        return checked(listed.signature, result_json(answer))

    async def _write(self, job: CallJob, outcome: Outcome) -> None:
        """Writes the outcome, patiently: a lost one of an `act` could not be had again."""

        def write() -> Awaitable[Accepted | None]:
            return self.journal.finish_call(self.worker, job, outcome, self.clock())

        await stored(write, WRITE_AGAIN, self.sleep)


def may_make(service: Service, tries: int) -> bool:
    """Whether a call that `tries` makers began and none finished may be made (again).

    A read may; an effect only when the other side drops the repeat by its key: nobody knows
    whether the first maker had it done."""
    if tries == 0:
        return True
    return tries < CRASHES and (service.kind == "read" or service.keyed)


def padding(elapsed: float, at_least: float) -> float:
    """Seconds to wait so that the whole takes the next multiple of `at_least`.

    Multiples, because an answer that once took longer would otherwise tell by how much. A clock
    that was set back meanwhile costs nobody an hour."""
    if at_least <= 0:
        return 0.0
    elapsed = max(elapsed, 0.0)
    return max(1, ceil(elapsed / at_least)) * at_least - elapsed


def lease_of(longest: float, services: Sequence[Service]) -> timedelta:
    """How long a maker may hold a call: the longest one, its padding and a patient write.

    Not longer, since after a crash the customer waits for just this time."""
    padded = max((service.at_least for service in services), default=0.0)
    return timedelta(seconds=longest + padded + sum(WRITE_AGAIN) + 2.5)


def _unavailable(job: CallJob) -> CallFailed:
    return CallFailed(key=job.key, name="unavailable")


def _reason(listed: _Listed, job: CallJob, error: Unavailable) -> str:
    """Drivers write it for the log, but a driver that was given a secret is not relied on."""
    return "(not told)" if listed.service.opaque or job.sealed else str(error)


def _log_failure(job: CallJob, error: Exception) -> None:
    """Class, file and line only: the message, and what a debugger would show of the traceback,
    may hold what a customer typed."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    log.error("call of %s failed: %s at %s", job.service, type(error).__name__, place)
