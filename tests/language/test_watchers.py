"""Who only watches, exports or shows names nothing in an alert, though every cluster has Services of these names."""

import pytest

from bot.model.names import Names
from handlers.language import understand
from tests.language.test_settling import AT

WATCHED = Names(
    "prod",
    AT,
    namespaces=("monitoring", "pay", "shop"),
    services=(
        "monitoring/alertmanager", "monitoring/grafana", "monitoring/kube-state-metrics", "monitoring/prometheus",
        "pay/payments", "shop/cart", "shop/web",
    ),
    workloads=(
        "monitoring/deploy/grafana", "monitoring/deploy/kube-state-metrics", "monitoring/sts/prometheus",
        "pay/deploy/payments", "shop/deploy/cart", "shop/deploy/web",
    ),
)  # fmt: skip
NOT_READY = """[FIRING:1] KubePodNotReady
Labels:
 - container = kube-state-metrics
 - job = kube-state-metrics
 - namespace = pay
 - pod = payments-7d9f8b6c5-x2k4p
 - prometheus = monitoring/prometheus
Source: http://prometheus.monitoring:9090/graph"""
DOWN = """[FIRING:1] TargetDown (job="payments" namespace="pay" service="payments" prometheus="monitoring/prometheus")
<http://alertmanager.monitoring:9093|view in alertmanager> | grafana | runbook"""
OF_GRAFANA = """**Firing**
Labels:
 - alertname = High5xx
 - service = cart
 - namespace = shop
Source: http://grafana.monitoring:3000/alerting/x"""
LOST = "[FIRING] EndpointDown | ns: shop | svc: cart | port 1521 | web has lost its connection to cart, 4m"
ALERTS = [
    (NOT_READY, "why payments in pay"),
    (DOWN, "why payments in pay"),
    (LOST, "why cart from web in shop port 1521"),
    (OF_GRAFANA, "why cart in shop symptom 5xx"),
    ("[FIRING:1] TargetDown prod shop/cart - prometheus can't scrape cart in shop", "why cart from prometheus in shop"),
    ("alertname=X severity=page service=cart namespace=shop\nweb can't reach it either", "why cart from web in shop"),
]


@pytest.mark.parametrize(("alert", "read"), ALERTS, ids=[read for _, read in ALERTS])
def test_who_watches_is_not_asked_about(alert: str, read: str) -> None:
    """They were taken for names without a place, and each alert was asked about; who does something is still read."""
    reading = understand(alert, spoken=True, names=WATCHED)

    assert reading
    assert reading.words == read
