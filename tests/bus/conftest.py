"""A NATS server for the tests that need one; those of whole processes use it too."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.served import free_port


class NatsServer:
    """A nats-server of our own on a free port; it can be stopped and started again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"nats://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; whoever connects tries until it listens."""
        binary = Path(sys.executable).parent / "nats-server"
        command = [str(binary) if binary.exists() else str(shutil.which("nats-server"))]
        self._process = subprocess.Popen(
            [*command, "-a", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        """Kills it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def nats_server() -> Iterator[NatsServer]:
    """A server that starts."""
    server = NatsServer(free_port())
    server.start()
    yield server
    server.stop()
