"""`python -m handlers`: the Slack process."""

import sys

from handlers.process import main

if __name__ == "__main__":
    sys.exit(main())
