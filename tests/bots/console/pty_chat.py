"""The program that test_live.py runs on a pseudo-terminal: a conversation with a script."""

import asyncio
import os
import sys

from bots.console.chat import open_session
from core.updates import Sender
from tests.fakes.console import ScriptedEngine


def main() -> None:
    session = open_session(
        ScriptedEngine(),
        stdin=sys.stdin,
        stdout=sys.stdout,
        environ=os.environ,
        plain="--plain" in sys.argv,
        lang="ru",
        sender=Sender(user="1"),
    )
    asyncio.run(session.run(greet="--plain" not in sys.argv))


if __name__ == "__main__":
    main()
