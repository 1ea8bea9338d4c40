"""The program that test_live.py runs on a pseudo-terminal: a conversation with a script."""

import asyncio
import os
import signal
import sys

from bots.console.chat import open_session
from core.updates import Sender
from tests.fakes.console import ScriptedEngine


def main() -> None:
    # whoever runs the tests in the background of a shell has Ctrl-C switched off for its children
    signal.signal(signal.SIGINT, signal.default_int_handler)
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
