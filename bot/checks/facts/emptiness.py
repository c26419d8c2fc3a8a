"""Since when a Service has no endpoint, by what the EndpointSlice controller noted."""

from datetime import datetime

from bot.model.case import Case
from bot.model.kube.annotations import Annotation
from bot.model.kube.services import EndpointSlice


def empty_since(case: Case) -> datetime | None:
    """Return the moment of the change after which the Service's slices have been empty; None where nobody noted it.

    The controller drops the note where it wrote for a reason of which it knows no moment, such as a pod that was deleted: so
    where it stands, nothing was written later.
    """
    slices = case.snapshot.slices_of(case.service) if case.service else ()
    if not slices or any(each.endpoints or not each.is_controlled for each in slices):
        return None
    moments = [_noted(each) for each in slices]
    known = [each for each in moments if each]
    return max(known) if len(known) == len(moments) else None


def _noted(known: EndpointSlice) -> datetime | None:
    """Return the note's moment (RFC 3339)."""
    try:
        found = datetime.fromisoformat(known.annotation(Annotation.LAST_CHANGE))
    except ValueError:
        return None
    return found if found.tzinfo else None
