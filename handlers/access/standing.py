"""What somebody is to us: a member, a colleague of the same company, a guest or a stranger. Pure.

Slack names people's home workspaces in payloads, and in users.info their company and whether they are guests
(https://docs.slack.dev/reference/objects/user-object). `is_stranger` is not asked: it is false for people of other companies
as soon as they share a channel with us.
"""

from enum import StrEnum

from msgspec import Struct

STRANGER = "k8snet answers members of its own workspace only."
GUEST = "k8snet does not answer guests of this workspace."
SHARED = "This channel is shared with another company, and k8snet tells nothing about a cluster there."


class Sharing(StrEnum):
    """Who can read a channel: our own company, or others too.

    UNKNOWN: Slack will not say, SILENT: it did not answer just now, ABSENT: it shows us no such channel, as where we are no
    member.
    """

    INTERNAL = "internal"
    SHARED = "shared"
    UNKNOWN = "unknown"
    SILENT = "silent"
    ABSENT = "absent"


class Person(Struct, frozen=True):
    """What users.info says of somebody. `teams`: the workspaces of an Enterprise Grid that they are in."""

    team: str
    enterprise: str = ""
    teams: frozenset[str] = frozenset()
    is_guest: bool = False
    is_gone: bool = False  # their account was deactivated
    timezone: str = ""  # IANA name, as their Slack client has it


class Own(Struct, frozen=True):
    """The bot's own workspace and company, from auth.test; `enterprise` is empty outside of an Enterprise Grid."""

    team: str
    enterprise: str = ""
    bot: str = ""


def refusal(homes: frozenset[str], person: Person | None, sharing: Sharing, own: Own, allowed: str = "") -> str:
    """Return why somebody is not answered, or nothing.

    `homes` are the workspaces that their payload names, `person` is None where Slack may not be asked; then nobody is
    known to be a guest. `allowed` is K8SNET_ALLOWED_TEAM: a workspace (T…) or a company (E…); empty: our own of both.
    """
    if person and person.is_guest:
        return GUEST
    teams = _teams(homes, person, own)
    ours = own.team in teams
    colleague = ours or _is_colleague(homes, person, sharing, own)
    if not allowed:
        return "" if colleague else STRANGER
    if allowed == own.enterprise:
        return "" if colleague else STRANGER
    if allowed == own.team:
        return "" if ours else STRANGER
    return "" if allowed in teams or (person and person.enterprise == allowed) else STRANGER


def _teams(homes: frozenset[str], person: Person | None, own: Own) -> frozenset[str]:
    """Return the workspaces somebody is a member of. The payload's own team only counts where nothing else is named."""
    if person:
        return person.teams | {person.team}
    foreign = homes - {own.team, own.enterprise}
    return foreign or homes


def _is_colleague(homes: frozenset[str], person: Person | None, sharing: Sharing, own: Own) -> bool:
    """Return whether somebody of another workspace is of our company.

    Slack says so itself, or they are in a channel that no other company can be in.
    """
    if not own.enterprise:
        return False
    if person:
        return person.enterprise == own.enterprise
    return own.enterprise in homes or sharing is Sharing.INTERNAL
