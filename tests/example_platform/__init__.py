"""Pigeon post: a platform that does not exist, as small as a whole one can be.

It lives outside `bots`, and a channel is of it by `platform = "tests.example_platform"`. Copy the
folder to begin a platform of your own; bots/README.md tells what each file owes to the others.
"""
