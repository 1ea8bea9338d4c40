"""One-time codes beside the password: turned on with proof, asked for at sign-in, used once."""

from collections.abc import Callable
from datetime import datetime

from core import totp
from core.desk_accounts import Account
from core.desk_store import DeskStore
from core.errors import AccountRefused
from core.passwords import Passwords

ISSUER = "Otklik"

#: (text, whose) -> sealed, and back.
Seal = Callable[[str, str], str]


class SecondFactor:
    """Secrets are sealed at rest; recovery codes are kept as hashes."""

    def __init__(
        self,
        desk: DeskStore,
        passwords: Passwords,
        *,
        seal: Seal,
        unseal: Seal,
        clock: Callable[[], datetime],
        new_token: Callable[[], str],
    ) -> None:
        self.desk = desk
        self.passwords = passwords
        self.seal = seal
        self.unseal = unseal
        self.clock = clock
        self.new_token = new_token

    async def begin(self, account: Account, password: str) -> tuple[str, str]:
        """A new secret and its otpauth address; good once `confirm` saw a code of it.

        Raises AccountRefused for a wrong password."""
        await self._proved(account, password)
        secret = totp.secret_of(self.new_token())
        await self.desk.put_totp(account.id, pending=self.seal(secret, account.id))
        return secret, totp.address_of(secret, account.login, ISSUER)

    async def confirm(self, account: Account, code: str) -> tuple[str, ...]:
        """Turns it on and gives the recovery codes, shown this once.

        Raises AccountRefused for a wrong code, or when nothing was begun."""
        if not account.totp_pending:
            raise AccountRefused("code", "not_begun", "begin with a new secret")
        secret = self.unseal(account.totp_pending, account.id)
        step = totp.step_of(secret, code, self.clock())
        if step is None:
            raise AccountRefused("code", "wrong", "this is not the present code of the app")
        codes = tuple(totp.recovery_code(self.new_token()) for _ in range(totp.RECOVERY_CODES))
        await self.desk.put_totp(
            account.id,
            secret=account.totp_pending,
            step=step,
            recovery=[totp.recovery_hash(one) for one in codes],
        )
        return codes

    async def drop(self, account: Account, password: str) -> None:
        """Turns it off. Raises AccountRefused for a wrong password."""
        await self._proved(account, password)
        await self.desk.put_totp(account.id)

    async def accepts(self, account: Account, code: str) -> bool:
        """The code is good, and is not from now on: of the app, or one from paper."""
        secret = self.unseal(account.totp_secret, account.id)
        step = totp.step_of(secret, code.strip(), self.clock())
        if step is not None:
            return await self.desk.use_totp(account.id, step)
        return await self.desk.use_recovery(account.id, totp.recovery_hash(code))

    async def _proved(self, account: Account, password: str) -> None:
        if not await self.passwords.fits(account.password_hash, password):
            raise AccountRefused("password", "wrong", "the present password is another one")
