"""The mark of a test that every platform must pass."""

import pytest


def behaviour(key: str) -> pytest.MarkDecorator:
    """Runs the test on every platform but those whose quality.yaml exempts `key`, with a reason."""
    return pytest.mark.behaviour(key)
