"""The parts of the page that need no browser, under Node's own test runner."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent / "js"
_ROOT = Path(__file__).parents[2]


def test_store_threads_drafts_outbox_and_words() -> None:
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            pytest.fail("no node on the PATH")
        pytest.skip("no node on the PATH")
    files = [str(path.relative_to(_ROOT)) for path in sorted(_FOLDER.glob("*.test.js"))]
    done = subprocess.run(
        [node, "--test", *files],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert "# fail 0" in done.stdout or "ℹ fail 0" in done.stdout
