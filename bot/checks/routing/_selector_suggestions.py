"""Which pods a Service's selector was meant for, when it finds none. Rule: better none than a wrong one.

A label may differ by a slip, by its key, or in what only tells variants apart (version, release). A different value of
what tells applications apart (`app`, `component`, a key nobody knows) is another application, however many pairs agree.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct

from bot.model.kube.pods import Pod
from bot.model.kube.selectors import Labels, ServiceSelector
from bot.model.kube.services import Service
from bot.model.kube.workloads import NAME_LABELS
from bot.model.memo import memo_by
from bot.model.question.suggest import edits, is_slip
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot

_VARIANT = (
    "version",
    "app.kubernetes.io/version",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "helm.sh/chart",
    "chart",
    "heritage",
    "release",
    "track",
    "color",
    "slot",
    "env",
    "environment",
    "stage",
)
_LEADERS = ("leader", "master", "primary", "writer")
ROLLOUT_HASHES = ("rollouts-pod-template-hash", "pod-template-hash", "controller-revision-hash")
# Two labels may have been forgotten or left behind at once; with three nobody can say what was meant.
_MOST_WEAK = 2
# Letters of a value that two unrelated labels do not share by chance.
_TELLING_VALUE = 4

Labelled = tuple[Ref, dict[str, str], tuple[Pod, ...]]  # what has these labels, and its pods, none for a template


class How(StrEnum):
    """In which way a label of the pods differs from the pair that is selected."""

    SLIP = "slip"
    OTHER_KEY = "other key"
    OTHER_VALUE = "other value"
    ABSENT = "absent"


class Difference(Struct, frozen=True):
    """A selected pair and what the pods carry instead; `has_key` is empty where they carry nothing."""

    key: str
    wanted: str
    how: How
    has_key: str = ""
    has: str = ""

    def __str__(self) -> str:
        match self.how:
            case How.ABSENT if self.key in ROLLOUT_HASHES:
                return f"no {self.key}={self.wanted}, which each rollout sets anew"
            case How.ABSENT:
                return f"no label {self.key}"
            case How.SLIP:
                letters = edits(self.wanted, self.has)
                apart = "1 letter apart" if letters == 1 else f"{letters} letters apart"
                return f"{self.key}={self.has} ({apart})"
            case How.OTHER_KEY:
                return f"{self.has_key}={self.has} (under another key)"
        return f"{self.key}={self.has}"


class Candidate(Struct, frozen=True):
    """Pods, or a template without pods yet, that the selector nearly matches."""

    about: Ref
    labels: dict[str, str]
    pods: tuple[Pod, ...]
    differences: tuple[Difference, ...]
    matched: int

    @property
    def rank(self) -> tuple[int, int, int]:
        """Nearest first: fewest weak differences, most matched pairs, fewest edits."""
        weak = sum(each.how in (How.OTHER_VALUE, How.ABSENT) for each in self.differences)
        letters = sum(edits(each.wanted, each.has) for each in self.differences if each.how is How.SLIP)
        return (weak, -self.matched, letters)

    @property
    def patch(self) -> dict[str, str | None]:
        """The change of the selector that makes it match: None removes a pair."""
        changed: dict[str, str | None] = {}
        for each in self.differences:
            if each.has_key != each.key:
                changed[each.key] = None
            if each.has_key:
                changed[each.has_key] = each.has
        return changed

    @property
    def is_rollout(self) -> bool:
        """It differs in a hash that a rollout controller sets and moves by itself (Argo Rollouts)."""
        return any(each.key in ROLLOUT_HASHES for each in self.differences)


def nearest(service: Service, snapshot: Snapshot) -> tuple[Candidate, ...]:
    """Return the near misses in the Service's namespace that are equally near, none nearer; usually one or none."""
    known = _candidates(snapshot, service.namespace)
    found = [miss for about, labels, pods in known if (miss := _miss(service, about, labels, pods))]
    if not found:
        return _namesakes(service, snapshot)
    best = min(each.rank for each in found)
    return tuple(sorted((each for each in found if each.rank == best), key=lambda each: each.about))


def _namesakes(service: Service, snapshot: Snapshot) -> tuple[Candidate, ...]:
    """Return the one workload that is called like the Service or carries the Service's own identity; none if several are.

    Its labels say what the selector should have been: pairs with another value there are corrected, others taken out.
    """
    own = {(key, value) for key, value in service.labels.items() if key in NAME_LABELS}
    found = [
        Candidate(about, labels, pods, differences, len(service.selector.pairs) - len(differences))
        for about, labels, pods in _candidates(snapshot, service.namespace)
        if (about.name == service.name or (own and own <= set(labels.items())))
        and (differences := tuple(_differences(service.selector.pairs, labels)))
        and any(each.has_key for each in differences)
    ]
    return tuple(found) if len(found) == 1 else ()


def leaderless(service: Service, snapshot: Snapshot) -> tuple[str, tuple[Pod, ...]] | None:
    """Return the label by which the Service selects one leader among pods that it fits else, and these pods; None if none does.

    Members get such a label while they run, from whoever elects them; one that their template sets is no election's. A
    Service of replicas may be empty on purpose: there is one member.
    """
    for key, wanted in sorted(service.selector.pairs.items()):
        others = {one: value for one, value in service.selector.pairs.items() if one != key}
        if wanted.lower() not in _LEADERS or not any(one in NAME_LABELS for one in others):
            continue
        pods = snapshot.pods_selected(service.namespace, ServiceSelector(others))
        members = tuple(each for each in pods if not each.is_terminal and not _is_from_template(each, key, snapshot))
        if members:
            return key, members
    return None


def _is_from_template(pod: Pod, key: str, snapshot: Snapshot) -> bool:
    workload = snapshot.workload(pod.workload) if pod.workload else None
    return workload is not None and key in workload.template_labels


def only_reaches(miss: Candidate, service: Service, snapshot: Snapshot) -> bool:
    """Return whether the mended selector finds the pods of this workload and no other's."""
    pairs = {**service.selector.pairs, **miss.patch}
    mended = ServiceSelector({key: value for key, value in pairs.items() if value is not None})
    if not mended.matches(miss.labels):
        return False
    others = [pod for pod in snapshot.pods_selected(service.namespace, mended) if not pod.is_terminal]
    templates = (each for each in snapshot.workloads_in(service.namespace) if mended.matches(each.template_labels))
    return all((pod.workload or pod.ref) == miss.about or pod in miss.pods for pod in others) and all(
        each.ref == miss.about for each in templates
    )


def claimed_by(miss: Candidate, service: Service, snapshot: Snapshot) -> Service | None:
    """Return another Service whose pods these plainly are: it selects them, and is named like they are."""
    names = {value for key, value in miss.labels.items() if key in NAME_LABELS} | {miss.about.name}
    if service.name in names:
        return None
    for other in snapshot.services_in(service.namespace):
        if other.name in names and other.selector.matches(miss.labels):
            return other
    return None


@memo_by
def _candidates(snapshot: Snapshot, namespace: str) -> tuple[Labelled, ...]:
    """Return what the Services of a namespace may have meant: live pods by workload and labels, then templates without pods.

    Of many Services it is looked for once.
    """
    return tuple(_labelled_in(namespace, snapshot))


def _labelled_in(namespace: str, snapshot: Snapshot) -> Iterator[Labelled]:
    known: set[Ref | None] = set()
    for ref, pods in snapshot.pods_by_workload(namespace).items():
        for labels, alike in _by_labels(each for each in pods if not each.is_terminal and not each.is_terminating):
            known.add(ref)
            yield ref or alike[0].ref, labels, tuple(alike)
    for workload in snapshot.workloads_in(namespace):
        if workload.ref not in known:
            yield workload.ref, workload.template_labels, ()


def _by_labels(pods: Iterable[Pod]) -> Iterator[tuple[dict[str, str], list[Pod]]]:
    """Pods by their labels without the hashes that differ between revisions of one workload."""
    groups: dict[tuple[tuple[str, str], ...], list[Pod]] = defaultdict(list)
    lasting: dict[int, tuple[tuple[str, str], ...]] = {}
    for pod in pods:
        key = id(pod.metadata.labels)  # of a large cluster replicas have one set of labels (`Interner`)
        if key not in lasting:
            lasting[key] = _lasting(pod.labels)
        groups[lasting[key]].append(pod)
    return ((dict(labels), alike) for labels, alike in groups.items())


def _lasting(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((key, value) for key, value in labels.items() if key not in ROLLOUT_HASHES))


def _miss(service: Service, about: Ref, labels: dict[str, str], pods: tuple[Pod, ...]) -> Candidate | None:
    pairs = service.selector.pairs
    differences = tuple(_differences(pairs, labels))
    missed = {each.key for each in differences}
    same = [key for key in pairs if key not in missed]
    if not _is_near(differences, same):
        return None
    return Candidate(about, labels, pods, differences, len(same))


def _differences(pairs: Labels, labels: Labels) -> Iterator[Difference]:
    for key, wanted in sorted(pairs.items()):
        has = labels.get(key)
        if has == wanted:
            continue
        if has is not None and is_slip(wanted, has):
            yield Difference(key, wanted, How.SLIP, key, has)
        elif other := _other_key(key, wanted, labels):
            yield Difference(key, wanted, How.OTHER_KEY, other, wanted)
        elif has is not None:
            yield Difference(key, wanted, How.OTHER_VALUE, key, has)
        else:
            yield Difference(key, wanted, How.ABSENT)


def _other_key(key: str, wanted: str, labels: Labels) -> str:
    """The key under which pods carry the wanted value, if it says the same: `App`, `app.kubernetes.io/name`."""
    carrying = sorted(other for other, value in labels.items() if value == wanted and other != key)
    return next((other for other in carrying if _says_the_same(key, other, wanted)), "")


def _says_the_same(key: str, other: str, value: str) -> bool:
    """Two keys of one value: a value that is long for a chance proves a slip even in a short key (`ap`)."""
    if {key, other} <= set(NAME_LABELS) or is_slip(key, other):
        return True
    return len(value) >= _TELLING_VALUE and other in NAME_LABELS and edits(key, other) == 1


def _is_near(differences: Iterable[Difference], same: list[str]) -> bool:
    known = tuple(differences)
    weak = [each for each in known if each.how in (How.OTHER_VALUE, How.ABSENT)]
    if any(not _is_forgivable(each) for each in weak) or len(weak) > _MOST_WEAK:
        return False
    strong = [*same, *(each.key for each in known if each not in weak)]
    return not weak or any(key in NAME_LABELS for key in strong)


def _is_forgivable(difference: Difference) -> bool:
    if difference.key in ROLLOUT_HASHES:
        return True
    if difference.how is How.ABSENT:
        return difference.key not in NAME_LABELS
    return difference.key in _VARIANT
