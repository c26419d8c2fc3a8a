"""The workspace that tests and the demo start with: one of each kind of person and channel."""

from playground.fake_slack.state import Workspace


def acme(*, enterprise: str = "") -> Workspace:
    """Return team Acme: ana and ben work here, gus is a guest, sue belongs to another company.

    With an `enterprise` (E…) Acme is a workspace of that company's Grid, and cleo works in another one of it.
    """
    workspace = Workspace(enterprise=enterprise)
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
    if enterprise:
        cleo = workspace.add_user("cleo", real_name="Cleo Colleague", team="T0SISTER", enterprise=enterprise)
        for name in ("incidents", "ops-private", "with-other"):
            workspace.channel(name).members.add(cleo.id)
    workspace.groups["S0SRE"] = {workspace.user("ana").id}
    return workspace
