"""Which containers' logs may say why a pod is not ready. Pure: the reader fetches them."""

from bot.model.kube.pods import Pod


def crashed(pod: Pod) -> list[tuple[int, str]]:
    """Restarts and name of each container that ended and has run before."""
    return [
        (each.restart_count, each.name)
        for each in pod.container_statuses
        if each.restart_count and not each.ready and (each.last_state.terminated or each.state.terminated)
    ]


def telling_run(pod: Pod) -> tuple[str, bool] | None:
    """The container whose log says why a pod is not ready, and whether it is its previous run's: a crash tells most."""
    if ended := sorted(crashed(pod), reverse=True):
        return ended[0][1], True
    running = [each.name for each in pod.container_statuses if each.state.running and not each.ready]
    return (running[0], False) if running else None
