"""`python -m bots` is `otklik`, and keeps working when something shadows the installed names."""

import sys

from bots.cli import main

if __name__ == "__main__":
    sys.exit(main())
