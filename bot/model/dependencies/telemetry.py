"""Services that take traces, metrics and logs: what a program sends there it can do without."""

from bot.model.kube.services import Service
from bot.model.pattern import pattern

_NAME = pattern(
    r"jaeger|zipkin|tempo\b|otel|opentelemetry|skywalking|datadog|statsd|graphite|fluent(?:d|-?bit)|logstash|loki\b|apm-server"
)
# Jaeger's agent and collector, OTLP, Zipkin, StatsD, Datadog's traces, SkyWalking, GELF, Fluentd.
_PORTS = (6831, 6832, 14250, 14268, 4317, 4318, 9411, 8125, 8126, 11800, 12201, 24224)


def takes_telemetry(service: Service) -> bool:
    """Return whether a Service is there for what programs tell of themselves, by its name or its ports."""
    return bool(_NAME.search(service.name)) or any(each.port in _PORTS for each in service.ports)


def sounds_like_telemetry(name: str, port: int) -> bool:
    """Return whether a name, or the port that is called there, is usual for what takes traces, metrics and logs."""
    return bool(_NAME.search(name)) or port in _PORTS
