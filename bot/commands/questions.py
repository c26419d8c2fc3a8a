"""The commands that ask something of a cluster or a dump: options, help, and what they run."""

from typing import Annotated

from bot.commands import options as opt
from bot.commands.argv import Option
from bot.errors import UsageError


def _forms(output: str, color: str) -> tuple[opt.Output, opt.Color]:
    return opt.choice(opt.Output, output, "-o"), opt.choice(opt.Color, color, "--color")


def why(
    words: opt.Words = None,
    *,
    namespace: opt.Namespace = "",
    everything: opt.Everything = False,
    source: opt.Source = "",
    port: opt.Port = "",
    protocol: opt.Protocol = "",
    symptom: opt.Symptom = "",
    resolver: opt.Resolver = "",
    context: opt.Context = "",
    kubeconfig: opt.Kubeconfig = "",
    dump: opt.Dump = None,
    probe: opt.Probe = False,
    no_probe: opt.NoProbe = False,
    probe_from_caller: opt.FromCaller = False,
    yes: opt.Yes = False,
    deadline: opt.Deadline = "5",
    watch: opt.Watch = False,
    explain: opt.Explain = False,
    output: opt.OneOrCauses = "text",
    color: opt.Paint = "auto",
) -> int:
    """Diagnose one Service: three verdicts, one root cause, evidence, commands. Without one: what is broken in a namespace.

    \b
    k8snet why user-service in shop from checkout port 80
    k8snet why http://user-service.shop:8080/health --from deploy/checkout
    k8snet why 10.96.12.7:8080 timeout
    k8snet why user-service -n shop --dump incident/ -o json
    k8snet why user-service -n shop -w
    k8snet why -n shop      k8snet why -A      (no Service named: the few causes of what is broken there)
    """  # noqa: D301 (\b keeps typer from filling these lines)
    from bot.commands import parse  # noqa: PLC0415 (each command loads only itself)
    from bot.commands.ask import Consent, answer_command  # noqa: PLC0415 (as above)

    form, paint = _forms(output, color)
    call = {"namespace": namespace, "source": source, "port": port, "protocol": protocol, "symptom": symptom}
    said = parse.command("why", words, resolver=resolver, everything=everything, **call)
    said, where = parse.place(said, dump=dump, context=context, kubeconfig=kubeconfig)
    how = parse.manner(where, probe=probe, no_probe=no_probe, deadline=deadline)
    beside = Consent(wanted=probe_from_caller, given=yes)
    return answer_command(said, where, how, output=form, color=paint, explain=explain, beside=beside, again=watch)


def check(
    words: opt.Words = None,
    *,
    namespace: opt.Namespace = "",
    everything: opt.Everything = False,
    source: opt.Source = "",
    port: opt.Port = "",
    protocol: opt.Protocol = "",
    symptom: opt.Symptom = "",
    context: opt.Context = "",
    kubeconfig: opt.Kubeconfig = "",
    dump: opt.Dump = None,
    probe: opt.Probe = False,
    no_probe: opt.NoProbe = False,
    deadline: opt.Deadline = "5",
    output: opt.OneOrTable = "text",
    color: opt.Paint = "auto",
) -> int:
    """Say in one line a Service whether it is in order; of one Service, a namespace, or all.

    \b
    k8snet check user-service in shop
    k8snet check -n shop
    k8snet check -A -o json
    """  # noqa: D301 (\b keeps typer from filling these lines)
    from bot.commands import parse  # noqa: PLC0415 (each command loads only itself)
    from bot.commands.ask import answer_command  # noqa: PLC0415 (as above)

    form, paint = _forms(output, color)
    said = parse.command(
        "check",
        words,
        namespace=namespace,
        source=source,
        port=port,
        protocol=protocol,
        symptom=symptom,
        everything=everything,
    )
    said, where = parse.place(said, dump=dump, context=context, kubeconfig=kubeconfig)
    how = parse.manner(where, probe=probe, no_probe=no_probe, deadline=deadline)
    return answer_command(said, where, how, output=form, color=paint)


def dns(
    words: opt.Words = None,
    *,
    namespace: opt.Namespace = "",
    source: opt.Source = "",
    resolver: opt.Resolver = "",
    context: opt.Context = "",
    kubeconfig: opt.Kubeconfig = "",
    dump: opt.Dump = None,
    probe: opt.Probe = False,
    no_probe: opt.NoProbe = False,
    probe_from_caller: opt.FromCaller = False,
    yes: opt.Yes = False,
    deadline: opt.Deadline = "5",
    output: opt.LookupForm = "text",
    color: opt.Paint = "auto",
) -> int:
    """Resolve a name as the caller's pod does: every step of its search, A and AAAA, each answer.

    \b
    k8snet dns user-service from shop/checkout
    k8snet dns www.example.com --from deploy/checkout -n shop
    k8snet dns user-service.shop --resolver nginx
    """  # noqa: D301 (\b keeps typer from filling these lines)
    from bot.commands import parse  # noqa: PLC0415 (each command loads only itself)
    from bot.commands.ask import Consent, answer_command  # noqa: PLC0415 (as above)

    form, paint = _forms(output, color)
    said = parse.command("dns", words, namespace=namespace, source=source, resolver=resolver)
    said, where = parse.place(said, dump=dump, context=context, kubeconfig=kubeconfig)
    how = parse.manner(where, probe=probe, no_probe=no_probe, deadline=deadline)
    beside = Consent(wanted=probe_from_caller, given=yes)
    return answer_command(said, where, how, output=form, color=paint, beside=beside)


def path(
    words: opt.Words = None,
    *,
    namespace: opt.Namespace = "",
    source: opt.Source = "",
    port: opt.Port = "",
    protocol: opt.Protocol = "",
    context: opt.Context = "",
    kubeconfig: opt.Kubeconfig = "",
    dump: opt.Dump = None,
    batch: Annotated[
        str, Option(("--batch",), "Decide JSON lines of a file instead; answers in JSON lines.", "FILE")
    ] = "",
    output: opt.PathForm = "text",
    color: opt.Paint = "auto",
) -> int:
    """Say by routing and policy alone whether one pod may reach a Service or pod, with every hop and decision on the way.

    \b
    k8snet path shop/checkout to payments in pay port 8080
    k8snet path shop/checkout data/pod/etl-0 --port 9000
    k8snet path shop/checkout to payments in pay -o mermaid
    k8snet path --dump cluster.json --batch pairs.jsonl -o json
    """  # noqa: D301 (\b keeps typer from filling these lines)
    from bot.commands import parse  # noqa: PLC0415 (each command loads only itself)
    from bot.commands.ask import answer_command  # noqa: PLC0415 (as above)

    form, paint = _forms(output, color)
    if batch:
        from bot.commands.batch import batch as decide_lines  # noqa: PLC0415 (as above)

        return decide_lines(
            batch, parse.place_of(dump=dump, context=context, kubeconfig=kubeconfig), words, output=form
        )
    said = parse.command("path", words, namespace=namespace, source=source, port=port, protocol=protocol)
    said, where = parse.place(said, dump=dump, context=context, kubeconfig=kubeconfig)
    return answer_command(said, where, parse.UNPROBED, output=form, color=paint)


def digest(
    words: opt.Words = None,
    *,
    namespace: opt.Namespace = "",
    everything: opt.Everything = False,
    since: Annotated[
        str, Option(("--since",), "An earlier digest -o json: tell what is new and fixed.", "FILE|ID")
    ] = "",
    context: opt.Context = "",
    kubeconfig: opt.Kubeconfig = "",
    dump: opt.Dump = None,
    output: opt.ManyForm = "text",
    color: opt.Paint = "auto",
) -> int:
    """Judge every Service of a scope and say what is new, fixed and ongoing since an earlier digest.

    \b
    k8snet digest -A -o json > monday.json
    k8snet digest -A --since monday.json
    """  # noqa: D301 (\b keeps typer from filling these lines)
    from bot.commands import parse  # noqa: PLC0415 (each command loads only itself)
    from bot.commands.ask import answer_command  # noqa: PLC0415 (as above)

    form, paint = _forms(output, color)
    said = parse.command("digest", words, namespace=namespace, everything=everything)
    said, where = parse.place(said, dump=dump, context=context, kubeconfig=kubeconfig)
    if not since:
        return answer_command(said, where, parse.UNPROBED, output=form, color=paint)
    from bot.commands.since import earlier  # noqa: PLC0415 (as above)

    return answer_command(said, where, parse.UNPROBED, output=form, color=paint, since=earlier(since))


def snapshot(
    words: opt.Words = None,
    *,
    output: Annotated[str, Option(("-o", "--output"), "Where to write; - is standard output.", "FILE")] = "",
    namespace: opt.Namespace = "",
    source: opt.Source = "",
    port: opt.Port = "",
    context: opt.Context = "",
    kubeconfig: opt.Kubeconfig = "",
    dump: opt.Dump = None,
) -> int:
    """Write what a diagnosis would read, trimmed and redacted, to replay it with --dump.

    \b
    k8snet snapshot user-service -n shop -o incident.json
    k8snet why user-service -n shop --dump incident.json
    """  # noqa: D301 (\b keeps typer from filling these lines)
    from bot.commands import parse  # noqa: PLC0415 (each command loads only itself)
    from bot.commands.snapshot import snapshot as run  # noqa: PLC0415 (as above)

    if not output:
        raise UsageError("Write where?", hint="For example: k8snet snapshot user-service -n shop -o incident.json")
    said = parse.command("why", words, namespace=namespace, source=source, port=port)
    said, where = parse.place(said, dump=dump, context=context, kubeconfig=kubeconfig)
    return run(said.question, where, output)


ASKING = {each.__name__: each for each in (why, check, dns, path, digest, snapshot)}
