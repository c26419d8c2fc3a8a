"""The workspace that tests and the demo start with: one of each kind of person and channel."""

from playground.fake_slack.state import Workspace


def acme() -> Workspace:
    """Return team Acme: ana and ben work here, gus is a guest, sue belongs to another company."""
    workspace = Workspace()
    workspace.add_user("ana", real_name="Ana Alvarez")
    workspace.add_user("ben", real_name="Ben Baker", tz="America/New_York")
    workspace.add_user("gus", real_name="Gus Guest", guest=True)
    workspace.add_user("sue", real_name="Sue Stranger", team="T0OTHER", stranger=True)
    workspace.add_channel("incidents", ["ana", "ben", "gus"])
    workspace.add_channel("shop-dev", ["ana", "ben"])
    workspace.add_channel("random", ["ana", "ben"], bot=False)
    workspace.add_channel("ops-secret", ["ana"], bot=False, kind="private")
    workspace.add_channel("ops-private", ["ana"], kind="private")
    workspace.add_channel("old-incidents", ["ana"], archived=True)
    workspace.add_channel("with-other", ["ana", "sue"], ext_shared=True)
    workspace.groups["S0SRE"] = {workspace.user("ana").id}
    return workspace
