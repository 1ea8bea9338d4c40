"""The tree of errors: a class exists when some caller does something different.

OtklikError
├── ConfigError            refuse to start, list all problems at once
├── ScenarioError          keep the bundle that runs; name file, line and column of every finding
├── UpdateError            NotAuthentic, UnsupportedUpdate, MalformedUpdate
├── DialogError            IllegalTransition, UnknownStep
├── ChannelError           RateLimited, ChannelUnavailable, DeliveryUnknown, RecipientGone,
│                          MessageRejected
├── BackofficeError        Unavailable, Refused
├── AccountRefused         an operator's account cannot be like that: name the field
├── TooManyTries           a password was guessed too often: say how long to wait
└── StoreError             StaleDialog, LeaseLost, StoreUnavailable (StoreReplaced)
"""

from collections.abc import Sequence
from typing import Literal


class OtklikError(Exception):
    """Anything this product raises on purpose."""


class ConfigError(OtklikError):
    """Refuse to start. `problems` lists everything that is wrong, one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class ScenarioError(OtklikError):
    """A set of scenario files that cannot be loaded; the bundle that runs keeps running.

    findings: lines `file:line:column: CODE text`, worst first.
    """

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = tuple(findings)


class UpdateError(OtklikError):
    """An incoming request that does not become an update."""


class NotAuthentic(UpdateError):
    """Answer 401 and touch nothing."""


class UnsupportedUpdate(UpdateError):
    """A well-formed event that means nothing to us: count it by `kind`, answer 200."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"unsupported update: {kind}")
        self.kind = kind


class MalformedUpdate(UpdateError):
    """Answer 400 once; the same bytes again are quarantined and answered 200."""


class DialogError(OtklikError):
    """The dialog cannot do that now; it stays as it was."""


class IllegalTransition(DialogError):
    """The update is not allowed in the present state: show the present state."""

    def __init__(self, state: str, update: str) -> None:
        super().__init__(f"{update} is not possible while the dialog is «{state}»; reload it")
        self.state = state
        self.update = update


class UnknownStep(DialogError):
    """The place names a step its bundle does not have: restart the scenario, keep its slots."""


class ChannelError(OtklikError):
    """What an adapter says of one call to its platform."""


class RateLimited(ChannelError):
    """Refused and not delivered; later is fine.

    retry_after: seconds the platform asked for, None when it gave no hint.
    """

    def __init__(self, retry_after: float | None, scope: Literal["chat", "channel"]) -> None:
        super().__init__(f"rate limited ({scope}), retry after {retry_after}")
        self.retry_after = retry_after
        self.scope = scope


class ChannelUnavailable(ChannelError):
    """Proven not delivered, the channel is at fault: rows wait, the circuit opens."""

    def __init__(
        self, reason: Literal["network", "auth", "config", "platform"], detail: str = ""
    ) -> None:
        super().__init__(f"channel unavailable ({reason}) {detail}".strip())
        self.reason = reason
        self.detail = detail


class DeliveryUnknown(ChannelError):
    """The platform may or may not have taken it; the policy of the message class decides.

    repeat: False when sending it again would end the same way; then it waits for a person.
    """

    def __init__(self, cause: str, *, repeat: bool = True) -> None:
        super().__init__(f"delivery unknown: {cause}")
        self.cause = cause
        self.repeat = repeat


class RecipientGone(ChannelError):
    """This person cannot be reached now; `new_address` is set with reason `moved`."""

    def __init__(
        self,
        reason: Literal["blocked", "not_allowed", "window_closed", "not_found", "moved"],
        new_address: str | None = None,
    ) -> None:
        super().__init__(f"recipient gone ({reason})")
        self.reason = reason
        self.new_address = new_address


class MessageRejected(ChannelError):
    """This content will never pass; the next row goes on."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"message rejected: {code} {detail}".strip())
        self.code = code
        self.detail = detail


class BackofficeError(OtklikError):
    """A service call that did not return; it becomes CallFailed."""


class Unavailable(BackofficeError):
    """The back office does not answer, answers nonsense, or its circuit is open."""


class Refused(BackofficeError):
    """The back office understood and said no. `name` is a branch of the scenario.

    text: fit for the customer, may be empty.
    """

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name)
        self.name = name
        self.text = text


class AccountRefused(OtklikError):
    """An account of an operator cannot be made or changed like that.

    field: what is wrong. code: for programs, such as `too_short`.
    """

    def __init__(self, field: str, code: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.code = code


class TooManyTries(OtklikError):
    """A password was guessed too often. wait: seconds until the next try."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"wait {wait} seconds")
        self.wait = wait


class StoreError(OtklikError):
    """What the store says of one write."""


class StaleDialog(StoreError):
    """Somebody changed the dialog in between: redo the turn."""


class LeaseLost(StoreError):
    """Another worker has the dialog: drop the turn."""


class StoreUnavailable(StoreError):
    """The database is locked, full, read-only or gone: answer 503, nothing was stored."""


class StoreReplaced(StoreUnavailable):
    """The file of the database is another one now, for good: as above, and tell people to restart.
    The text names the file."""
