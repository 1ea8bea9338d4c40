"""What holds for all tests."""

import os

from hypothesis import settings

from bots.cli import ONE_THREAD

os.environ.setdefault(*ONE_THREAD)

# a busy machine is slow, not wrong
settings.register_profile("house", settings(), deadline=None)
settings.load_profile("house")
