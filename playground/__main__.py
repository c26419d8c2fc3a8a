"""`python -m playground`, which `make demo` runs."""

import argparse
import sys

from playground.demo import play

if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="make demo", description="Ask five broken Services in a Slack that is not Slack."
    )
    parser.add_argument("--ask", default="", help="another question, e.g. 'why user-service in shop'")
    sys.exit(play(parser.parse_args().ask))
