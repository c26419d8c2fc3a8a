"""Every Redis key of ours, how long it lives, and how long we wait for what. saq's own keys begin with `saq:k8snet:`.

Times in the ledger are Redis' own clock (TIME), so that pods whose clocks differ agree on what is overdue.
"""

from msgspec import Struct

LEDGER = "k8snet:ledger"  # sorted set: open run ids by when somebody must look at them next
ANSWERED = "k8snet:slack"  # list: run ids whose answer waits for a Slack process; a bell, the ledger is the truth
SCHEDULES = "k8snet:schedules"  # hash: schedule id → Schedule
DUE = "k8snet:schedules:due"  # sorted set: schedule ids by their next time
CLAIMED = "k8snet:schedules:claimed"  # hash: schedule id → the due time that is being asked for
MISSED = "k8snet:schedules:missed"  # hash: schedule id → due times that passed since its last digest
DEFAULTS = "k8snet:defaults"  # hash: channel → Default
MUTES = "k8snet:mutes"  # hash: mute id → Mute
WATCHES = "k8snet:watches"  # hash: watch id → Watch
WATCHES_DUE = "k8snet:watches:due"  # sorted set: watch ids by when they look next, or end

RUN_LIFE = 7 * 86400  # a run, its place in the ledger and its answer: buttons work for a week
LOOK_LIFE = 3600  # a watch's look: one a minute, of which only those that told something are kept for a week
SEEN_LIFE = 3600  # Slack retries for some minutes: https://docs.slack.dev/apis/events-api/#retries
CLAIM_LIFE = 10  # longer than a refusal is tried to be told, and shorter than until Slack's second retry
DIGEST_LIFE = 60 * 86400
TREND_DAYS = 14
SHARING_LIFE = 86400  # what an event said of a channel: it may be shared with another company tomorrow
LEVEL_LIFE = 86400  # which form of messages a channel takes: then the richest is tried again
NAMES_LIFE = 86400  # names of a cluster that no worker reads any more
HELD_LIFE = 120  # what a worker holds by watches: it says so twice a minute
STEP_LIFE = 600  # how far a run is: no run takes longer
PERSON_LENGTH = 20
CHANNEL_LENGTH = 50
MOST_OPEN = 10  # questions of one person that wait for their answer: others want theirs, too
MOST_OPEN_HERE = 30  # of one channel: Slack takes a message a second there, so the last one waits half a minute
MOST_BYTES = 8 << 20  # of a run, answer or digest that is read; a digest of 10,000 Services has 2.3 MB


def queue_name(cluster: str) -> str:
    """Name the saq queue of a cluster; its depth is `LLEN saq:<name>:queued`."""
    return f"k8snet:{cluster}"


def run(run_id: str) -> str:
    """JSON of a Run."""
    return f"k8snet:run:{run_id}"


def bell(process: str) -> str:
    """List of run ids, accepted by that Slack process, whose answer waits for it."""
    return f"{ANSWERED}:{process}"


def names(cluster: str) -> str:
    """Hash of a cluster's Names: `names`, and a mark `at` that changes with them."""
    return f"k8snet:names:{cluster}"


def names_wanted(cluster: str) -> str:
    """List with an entry while somebody wants a cluster's names read anew."""
    return f"k8snet:names:{cluster}:wanted"


def names_turn(cluster: str) -> str:
    """Held by the worker that reads a cluster's names."""
    return f"k8snet:names:{cluster}:turn"


def step(run_id: str) -> str:
    """Name the step that a run is at."""
    return f"k8snet:step:{run_id}"


def entry(run_id: str) -> str:
    """Hash of a run's place in the ledger: state, tries, worker, touched, …"""
    return f"k8snet:open:{run_id}"


def answer(run_id: str) -> str:
    """JSON of an Answer: written once, never changed."""
    return f"k8snet:answer:{run_id}"


def channel(channel_id: str) -> str:
    """Sorted set of a channel's run ids by time."""
    return f"k8snet:channel:{channel_id}"


def begun(what: str) -> str:
    """When somebody first began to post something of a run."""
    return f"k8snet:begun:{what}"


def person(user: str) -> str:
    """Sorted set of the last run ids that somebody asked, by time."""
    return f"k8snet:person:{user}"


def seen(key: str) -> str:
    """Mark that something of Slack's was handled."""
    return f"k8snet:seen:{key}"


def sharing(channel_id: str) -> str:
    """Who reads a channel, as the last event said: internal or shared."""
    return f"k8snet:sharing:{channel_id}"


def level(team: str, channel_id: str) -> str:
    """Which form of messages a channel of a workspace takes, where it refused the richest: classic or text."""
    return f"k8snet:level:{team}:{channel_id}"


def rate(key: str) -> str:
    """When a budget, of Slack's rates or of somebody's probes, is free again, in seconds since 1970."""
    return f"k8snet:rate:{key}"


def digest(schedule_id: str) -> str:
    """JSON of the last Digest of a schedule that its channel was told."""
    return f"k8snet:digest:{schedule_id}"


def held(cluster: str) -> str:
    """Hash of a cluster: worker → JSON of the HeldKinds that it last said."""
    return f"k8snet:held:{cluster}"


def posted(schedule_id: str) -> str:
    """JSON of the last message of a schedule."""
    return f"k8snet:posted:{schedule_id}"


def trend(schedule_id: str) -> str:
    """Hash of a schedule: day (ISO 8601, in its zone) → JSON of the Totals of that day's last digest."""
    return f"k8snet:trend:{schedule_id}"


class Timing(Struct, frozen=True):
    """Seconds. saq's sweep finds a killed worker's run within swept_after + sweep; the ledger is the second net."""

    heartbeat: float = 2.0  # how often a worker says that it is still at it
    alive: float = 6.0  # a run whose worker spoke this recently is not given to another
    swept_after: int = 8  # silence after which saq takes a job for lost
    sweep: int = 4  # how often saq looks (whole seconds)
    silence: float = 20.0  # silence after which the ledger takes a run for lost
    patience: float = 10.0  # how soon the ledger looks after a run that waits in the queue
    stranded: float = 60.0  # how long a cluster may have no worker before its askers are told
    give_up: float = 900.0  # after this a question is answered with an apology, whatever its state
    lease: float = 15.0  # a delivery that shows no life for this long is another process's to make
    owner: float = 4.0  # how long what is due is left to the process that accepted it
    tick: float = 1.0  # how often the keeper looks into the ledger
    clock: float = 2.0  # how often a Slack process looks which schedules and watches are due
    in_flight: float = 8.0  # how long another process may still be at a post that it began
    long: float = 3.0  # after which a question's first sign is not enough, and how often what is done for it is told
    backoff: float = 60.0  # longest wait between two tries of a delivery
    grace: float = 25.0  # how long a worker that is told to stop goes on with its runs
    dequeue: float = 2.0  # how long an idle slot of a worker waits at a stretch, and so how soon it stops
    tries: int = 2  # how often a run is begun before it is given up
