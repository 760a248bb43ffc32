"""`python -m makeweight` is the command `makeweight`."""

import sys

from makeweight.command.main import main

if __name__ == "__main__":
    sys.exit(main())
