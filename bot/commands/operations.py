"""The commands that ask nothing: pages, processes, settings. As typer sees them: options, help, and what they run."""

from typing import Annotated

import typer

from bot.commands import options as opt


def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="Code or name of a finding.", show_default=False)
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All pages.")] = False,
    to: Annotated[str, typer.Option("--to", metavar="FOLDER", help="With --all: write them as files.")] = "",
    output: opt.ManyForm = "text",
) -> int:
    """Show the page of a finding: meaning, impact, how it is detected, fix, known limits.

    \b
    k8snet explain RTE-001
    k8snet explain selector-matches-no-pod
    """  # noqa: D301 (\b keeps typer from filling these lines)
    from bot.commands.explain import explain as run  # noqa: PLC0415 (each command loads only itself)

    return run(code or "", everything=everything, to=to, output=opt.choice(opt.Output, output, "-o"))


def slack() -> int:
    """Run the Slack process, until it is told to stop.

    \b
    SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… REDIS_URL=redis://… k8snet slack
    """  # noqa: D301 (\b keeps typer from filling these lines)
    from bot.commands.processes import slack as run  # noqa: PLC0415 (each command loads only itself)

    return run()


def worker() -> int:
    """Run a worker of this cluster, until it is told to stop.

    \b
    K8SNET_CLUSTER=prod-eu REDIS_URL=redis://… k8snet worker
    """  # noqa: D301 (\b keeps typer from filling these lines)
    from bot.commands.processes import worker as run  # noqa: PLC0415 (each command loads only itself)

    return run()


def probe(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="What to measure, as JSON; - reads standard input.")],
) -> int:
    """Measure what a worker ordered, and print it as JSON lines. A worker starts this in a caller's pod; people need not.

    \b
    k8snet probe '{"version": 1, "seconds": 5, "until": 1764000000, "probes": []}'
    """  # noqa: D301 (\b keeps typer from filling these lines)
    from bot.commands.probe import probe as run  # noqa: PLC0415 (each command loads only itself)

    return run(order)


def playground(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORDS", help="Ask this instead of the five stories.", show_default=False),
    ] = None,
    *,
    serve: Annotated[
        bool | None,
        typer.Option(
            "--serve/--no-serve",
            help="Serve the page after the stories. By itself where it runs in a terminal.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        str,
        typer.Option("--port", metavar="PORT", help="The page's port; a free one without.", show_default=False),
    ] = "",
) -> int:
    """Try everything on this machine: a sample cluster, Redis and a Slack that is not Slack, as a page on localhost.

    \b
    k8snet playground
    k8snet playground --serve --port 8080
    k8snet playground why user-service in shop
    """  # noqa: D301 (\b keeps typer from filling these lines)
    from bot.commands.processes import playground as run  # noqa: PLC0415 (each command loads only itself)

    return run(" ".join(words or ()), is_served=serve, port=opt.page_port(port))


def manifest(
    *,
    http: Annotated[
        str,
        typer.Option("--http", metavar="URL", help="For signed requests to this https address.", show_default=False),
    ] = "",
) -> int:
    """Print the Slack app manifest, to paste where Slack asks for one: for Socket Mode, or for HTTP.

    \b
    k8snet manifest > manifest.yaml
    k8snet manifest --http https://k8snet.example.com
    """  # noqa: D301 (\b keeps typer from filling these lines)
    from bot.commands.processes import manifest as run  # noqa: PLC0415 (each command loads only itself)

    return run(http)


def doctor(
    context: opt.Context = "",
    kubeconfig: opt.Kubeconfig = "",
) -> int:
    """Check our own settings, Slack, the queue, and what may be read in the cluster; say what to fix."""
    from bot.commands.doctor import doctor as run  # noqa: PLC0415 (as above)
    from bot.commands.parse import place_of  # noqa: PLC0415 (each command loads only itself)

    return run(place_of(dump=None, context=context, kubeconfig=kubeconfig))
