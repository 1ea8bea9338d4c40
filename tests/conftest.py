"""What holds for all tests."""

from hypothesis import settings

# a busy machine is slow, not wrong
settings.register_profile("house", settings(), deadline=None)
settings.load_profile("house")
