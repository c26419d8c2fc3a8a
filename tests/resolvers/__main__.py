"""`make test-resolvers`: every real resolver in every scene, many at a time; prints where the table is wrong.

Exit code 0 where all agree, 1 where one differs, or cannot be had on this machine.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

from tests.page.machine import UnfitError
from tests.resolvers.compare import differences
from tests.resolvers.machine import LONG
from tests.resolvers.run import Client, why_not
from tests.resolvers.scene import Scene
from tests.resolvers.scenes import SCENES

_AT_ONCE = 10  # most of the time is waiting


def main(wanted: list[str]) -> int:
    """Measure those that are named, or all."""
    if why := why_not():
        print(f"NOT RUN, the tests of resolvers: {why}", file=sys.stderr)
        return 1
    clients, unfit = _clients(wanted or list(LONG))
    jobs = [(client, scene) for client in clients for scene in SCENES]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        failed = len(unfit)
        print("\n".join(unfit))
        for lines in pool.map(lambda job: _wrong(*job), jobs):
            failed += bool(lines)
            print("".join(f"{line}\n" for line in lines), end="", flush=True)
    print(f"{len(jobs) + len(unfit) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _clients(wanted: list[str]) -> tuple[list[Client], list[str]]:
    found, unfit = [], []
    for name in wanted:
        try:
            found.append(LONG[name]())
        except UnfitError as error:
            unfit.append(f"NOT RUN, {name}: {error}")
    return found, unfit


def _wrong(client: Client, scene: Scene) -> list[str]:
    return [f"{client.resolver} in «{scene.title}»: {each}" for each in differences(client, scene)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
