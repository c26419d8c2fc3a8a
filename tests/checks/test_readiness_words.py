"""What a readiness probe asks is said in words, whatever is left of it."""

import pytest

from bot.checks.facts.probe_failures import asked
from bot.model.kube.pods import Container, ContainerProbe, ExecAction, GrpcAction, HttpGetAction, TcpSocketAction


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        (ContainerProbe(http_get=HttpGetAction(port=8080, path="/ready")), "http://:8080/ready"),
        (ContainerProbe(tcp_socket=TcpSocketAction(port=5432)), "tcp :5432"),
        (ContainerProbe(grpc=GrpcAction(port=9000)), "grpc :9000"),
        (ContainerProbe(exec=ExecAction(command=("pg_isready", "-q"))), "the command pg_isready"),
        (ContainerProbe(), "nothing that this version knows"),
    ],
)
def test_asked(probe: ContainerProbe, words: str) -> None:
    """No handler, as a later API or a broken dump may leave it, is no port None."""
    assert asked(Container(name="app"), probe) == words
