"""Service calls: sent off at the end of a turn, their answers taken up by a later one."""

from typing import Any

from msgspec.structs import replace

from core.masking import mask_digits
from core.scenario import access, ahead, questions, rewind
from core.scenario.heard import Heard
from core.scenario.model import Ask, CallStep, Signature
from core.scenario.place import Calling, Sealed
from core.scenario.typed import typed_press
from core.scenario.walk import Walk
from core.updates import CallFailed, CallReturned

#: Failures that leave open whether the service did it.
_UNKNOWN = ("timeout", "unavailable")


def on_call(walk: Walk, step: CallStep) -> None:
    """Asks the service, once the customer may know what it answers."""
    signature = walk.bundle.services[step.service]
    arguments, sealed, missing = _arguments(walk, step)
    if missing:
        _ask_secret(walk, missing)
        return
    if not access.allowed(walk, signature, arguments):
        return
    if walk.counted(step.service, arguments) >= walk.draft.policy.same_call:
        walk.escalate("engine_loop")
        return
    timeout = step.timeout.total_seconds() if step.timeout else signature.timeout
    key = walk.draft.call(step.service, arguments, sealed=sealed, timeout=timeout)
    if walk.secrets:
        # The journal of calls has the values now, sealed; the place needs them no longer.
        for source in step.arguments.values():
            if isinstance(source, str):
                walk.secrets.pop(source, None)
    account = arguments.get(signature.subject)
    walk.waiting = Calling(
        key=key,
        service=step.service,
        account="" if account is None else str(account),
        secret=bool(sealed),
        asks_secret=bool(ahead.secret_questions(walk)),
    )
    if step.wait:
        walk.draft.start_timer("call_wait", walk.draft.now + walk.draft.policy.call_wait)


def _arguments(walk: Walk, step: CallStep) -> tuple[dict[str, Any], list[str], str]:
    """Values of `with`, the names among them that hold secrets, and a secret that is not there."""
    arguments: dict[str, Any] = {}
    sealed: list[str] = []
    for name, source in step.arguments.items():
        slot = walk.index.slots.get(source) if isinstance(source, str) else None
        if slot is None or not slot.secret:
            arguments[name] = walk.value(source)
            continue
        secret = walk.secrets.get(str(source))
        if secret is None:
            return arguments, sealed, str(source)
        arguments[name] = secret.sealed
        sealed.append(name)
    return arguments, sealed, ""


def _ask_secret(walk: Walk, slot: str) -> None:
    """The secret was wiped, since it lay unused too long: it is asked for again."""
    for step in walk.scenario(walk.top).steps.values():
        if isinstance(step, Ask) and step.slot == slot:
            rewind.ask_anew(walk, step)
            return
    walk.escalate("not_identified")


def tell_wait(walk: Walk) -> None:
    """The answer takes long: says what the step has for that."""
    if not isinstance(walk.waiting, Calling) or not walk.stack:
        return
    step = walk.step(walk.top)
    if isinstance(step, CallStep) and step.wait:
        walk.draft.say(walk.text(walk.face(f"{step.id}.wait", step.wait)))


def come_back(walk: Walk, update: CallReturned | CallFailed) -> Calling | None:
    """Takes up a call's answer; the call with what was held meanwhile, None if nobody waited for
    the answer."""
    waiting = walk.waiting
    if not isinstance(waiting, Calling) or waiting.key != update.key:
        late(walk, update)
        return None
    walk.waiting = None
    walk.draft.cancel_timer("call_wait")
    step = walk.step(walk.top)
    if not isinstance(step, CallStep):
        return waiting
    signature = walk.bundle.services.get(step.service)
    if signature is not None:
        _consequences(walk, signature, waiting, update)
    if isinstance(update, CallReturned):
        if step.save:
            walk.keep(step.save, update.result)
        walk.stand(step.next)
    else:
        _failed(walk, step, update)
    return waiting


def _consequences(
    walk: Walk, signature: Signature, waiting: Calling, update: CallReturned | CallFailed
) -> None:
    surely_not = isinstance(update, CallFailed) and update.name not in _UNKNOWN
    if signature.kind == "change" and not surely_not:
        rewind.mark_changed(walk)
    if not isinstance(update, CallReturned) or signature.grants == "anonymous":
        return
    account = waiting.account
    if signature.subject.startswith("result."):
        account = str(update.result.get(signature.subject.removeprefix("result.")) or "")
    if account:
        walk.granted[account] = signature.grants
        walk.draft.grant(account, signature.grants)


def _failed(walk: Walk, step: CallStep, update: CallFailed) -> None:
    name = update.name if update.name in step.errors else "any"
    branch = step.errors.get(name)
    if branch is None:
        walk.draft.say(walk.draft.text("unavailable"))
        walk.escalate("service_unavailable", summary=f"{step.service}: {update.name}")
        return
    walk.mark(f"error.{name}")
    walk.keep("error", {"name": update.name, "text": update.text or None})
    walk.stand(branch)


def late(walk: Walk, update: CallReturned | CallFailed) -> bool:
    """Nobody waits for it any more; of a change people are told. False if it was none."""
    service = walk.abandoned.get(update.key)
    if service is None:
        return False
    walk.abandoned = {key: name for key, name in walk.abandoned.items() if key != update.key}
    outcome = "returned" if isinstance(update, CallReturned) else update.name
    walk.draft.service("late_call", f"{service}: {outcome}")
    return True


def hold(walk: Walk, text: str) -> None:
    """Something was written while a call is under way: told once that we are busy, and the last
    text is kept for the question that follows."""
    waiting = walk.waiting
    if not isinstance(waiting, Calling):
        return
    if not waiting.told:
        walk.draft.say(walk.draft.text("busy"))
    walk.waiting = replace(waiting, told=True)
    if text:
        walk.waiting = _holding(walk, walk.waiting, text)


def hold_on(walk: Walk, before: Calling) -> None:
    """Another call follows at once: what was held during the one before is held on."""
    waiting = walk.waiting
    if not isinstance(waiting, Calling):
        return
    if before.held:
        walk.waiting = _holding(walk, waiting, before.held)
    elif waiting.asks_secret:
        walk.waiting = replace(waiting, sealed=before.sealed)


def _holding(walk: Walk, waiting: Calling, text: str) -> Calling:
    """The call with the text held; where it may be a secret, nothing of that in the clear."""
    if not (waiting.secret or waiting.asks_secret):
        return replace(waiting, held=text)
    secrets = _secrets_in(walk, text)
    if waiting.secret and (secrets or any(c.isdigit() for c in text)):
        return waiting  # it may repeat the one under way
    return replace(waiting, held="" if secrets else mask_digits(text), sealed=secrets)


def _secrets_in(walk: Walk, text: str) -> dict[str, Sealed]:
    """The secrets among the answers to what may be asked next, by slot."""
    found = {}
    for scenario, step in ahead.secret_questions(walk):
        value = walk.find(walk.index.slots[step.slot], text)
        if value is None or (scenario == walk.top.scenario and _presses(walk, step, text)):
            continue
        found[step.slot] = walk.sealed(value)
    return found


def _presses(walk: Walk, step: Ask, text: str) -> bool:
    """Whether the text is a button of a question that is still to come."""
    return typed_press(questions.would_stand(walk, step), Heard(text, walk.index)) is not None
