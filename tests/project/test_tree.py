"""What is in the tree is fit to be published: no place of one machine, no registry."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Words that no tracked file may hold; made of pieces, so that this file does not hold them.
FORBIDDEN = tuple(
    "".join(pieces)
    for pieces in (
        ("/ho", "me/"),
        ("/ro", "ot/"),
        ("/wo", "rk/"),
        ("/t", "mp/"),
        ("/U", "sers/"),
        ("py", "pi.org"),
        ("python", "hosted"),
        ("npm", "js.", "org"),
        ("registry.", "npm"),
        ("--index", "-url"),
        ("--extra-", "index"),
        ("--find", "-links"),
    )
)
#: Written by a tool whose output names an index; not part of what is published.
LOCKS = frozenset({"uv.lock"})


def test_no_file_names_a_place_of_one_machine_or_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    found = []
    for name in filter(None, listed):
        path = ROOT / name
        if name in LOCKS or not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{name}: {word}" for word in FORBIDDEN if word in text]
    assert found == []
