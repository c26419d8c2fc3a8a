"""Real traffic from a client pod, each request's fate in one word (tests/live_cluster/go/serve/call.go has the list)."""

import time
from dataclasses import dataclass

from tests.live_cluster.nodes.cluster import RealCluster

# For one request, its look-up included. A SYN is sent again after a second, so whoever waits longer waits for luck.
PATIENCE = "1s"


@dataclass(frozen=True)
class Traffic:
    """What became of some requests: the words that occurred, each with its count, and the pods that answered."""

    words: dict[str, int]
    who: frozenset[str]

    def is_only(self, word: str) -> bool:
        return any(set(self.words) == set(each.split("+")) for each in word.split("|"))


def send(cluster: RealCluster, client: str, url: str, count: int = 8) -> Traffic:
    """Send requests at once from a pod, NAMESPACE/NAME, each on a connection of its own."""
    printed = cluster.client(client, "/serve", "call", "-timeout", PATIENCE, "-count", str(count), url)
    words, who = {}, set()
    for line in printed.splitlines():
        word, times, *names = line.split()
        words[word] = int(times)
        who.update(names)
    return Traffic(words, frozenset(who))


def expect(cluster: RealCluster, client: str, url: str, word: str, *, seconds: float = 120, count: int = 8) -> Traffic:
    """Send until nothing but WORD comes back: "a+b" is both and no third, "a|b" either. Raises with what came instead.

    A node refuses one address once a second, and six times at first (`bot.probes.run`): whoever was refused waits for that.
    """
    end = time.monotonic() + seconds
    while not (seen := send(cluster, client, url, count)).is_only(word):
        assert time.monotonic() < end, f"{client} to {url}: wanted {word}, got {seen.words} from {sorted(seen.who)}"
        time.sleep(count if "refused" in seen.words else 0.4)
    return seen
