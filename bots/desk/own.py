"""What a person at the desk decides about their own account: settings, second factor."""

from typing import Annotated, Literal

from pydantic import Field

from bots.desk import schemas_own
from bots.desk.auth import Secret, account_of, own_session
from bots.desk.endpoint import ADMIN, ANY, Call, endpoint
from bots.desk.problems import Problem
from bots.desk.schemas import Body
from bots.desk.schemas_own import RecoveryCodes, Settings, TotpSecret

Version = Annotated[int, Field(ge=0, le=2**31 - 1)]
Action = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Keys = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/,.;'\[\]\\=`-]{0,40}$")]


class SoundChoice(Body):
    """How one kind of event makes itself known. scope: whose dialogs; volume: percent."""

    scope: Literal["off", "mine", "queues", "all"]
    sound: bool = True
    notice: bool = False
    title: bool = True
    volume: Annotated[int, Field(ge=0, le=100)] = 70


class SettingsBody(Body):
    """All of them. keys: action to physical keys such as `Alt+KeyJ`, empty for none; actions not
    named keep theirs. sounds: by kind of event; kinds not named keep theirs."""

    locale: Literal["ru", "en"] | None = None
    theme: Literal["auto", "light", "dark"] = "auto"
    keys: Annotated[dict[Action, Keys], Field(max_length=60, default_factory=dict)]
    sounds: Annotated[
        dict[schemas_own.Event, SoundChoice], Field(max_length=10, default_factory=dict)
    ]
    enter_sends: bool = True
    version: Version


class Proof(Body):
    """The password, to show who sits there."""

    password: Secret


class CodeBody(Body):
    """The code the app shows now."""

    code: Annotated[str, Field(min_length=1, max_length=20)]


@endpoint("PUT", "/me/settings", roles=ANY, body=SettingsBody, reply=Settings)
async def put_settings(call: Call, body: SettingsBody) -> Settings:
    """Replaces one's settings; 409 when another tab was first."""
    chosen = body.model_dump(mode="json", exclude={"version"})
    version = await call.context.store.put_settings(call.me.id, chosen, body.version, call.now)
    if version is None:
        raise Problem("stale")
    return schemas_own.settings_of(chosen, version)


@endpoint("POST", "/me/totp", roles=ANY, body=Proof, reply=TotpSecret)
async def begin(call: Call, body: Proof) -> TotpSecret:
    """A new secret for an authenticator app; it counts once a code of it was confirmed."""
    secret, address = await call.context.accounts.begin_totp(call.me, body.password)
    return TotpSecret(secret=secret, uri=address)


@endpoint("POST", "/me/totp/confirm", roles=ANY, body=CodeBody, reply=RecoveryCodes)
async def confirm(call: Call, body: CodeBody) -> RecoveryCodes:
    """Turns codes on and shows the recovery codes, this once; other sessions end."""
    mine = own_session(call).id
    codes = await call.context.accounts.confirm_totp(call.me, body.code, session=mine)
    return RecoveryCodes(recovery=list(codes))


@endpoint("DELETE", "/me/totp", roles=ANY, body=Proof)
async def drop(call: Call, body: Proof) -> None:
    """Turns codes off."""
    await call.context.accounts.drop_totp(call.me, body.password)


@endpoint("DELETE", "/operators/{id}/totp", roles=ADMIN)
async def reset(call: Call) -> None:
    """Turns codes off for somebody who lost the phone; their sessions end."""
    account = await account_of(call)
    await call.context.accounts.reset_totp(account.id, call.person)


ENDPOINTS = (put_settings, begin, confirm, drop, reset)
