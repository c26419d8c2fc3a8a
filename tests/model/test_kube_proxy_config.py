"""What is read of kube-proxy's ConfigMap, and that what is kept of it is read as the same."""

import pytest

from bot.model.kube.kube_proxy_config import kept_kube_proxy_config, kube_proxy_settings
from bot.model.kube.objects import Meta
from bot.model.kube.workloads import ConfigMap


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ('mode: "ipvs"\nclusterCIDR: 10.244.0.0/16', {"mode": "ipvs"}),
        ('mode: ""\nnodePortAddresses: null', {}),
        (
            "mode: nftables\nnodePortAddresses:\n- 10.0.0.0/8\n",
            {"mode": "nftables", "nodePortAddresses": "10.0.0.0/8"},
        ),
        ("nodePortAddresses:\n  - 127.0.0.0/8\n  - '10.0.0.0/8'\n", {"nodePortAddresses": "127.0.0.0/8 10.0.0.0/8"}),
        ('nodePortAddresses: ["127.0.0.0/8", 10.0.0.0/8]', {"nodePortAddresses": "127.0.0.0/8 10.0.0.0/8"}),
        ("nodePortAddresses: []\noomScoreAdj: -999", {}),
        ("winkernel:\n  mode: odd", {}),
        ("", {}),
    ],
)
def test_settings(text: str, settings: dict[str, str]) -> None:
    """Lines of its first level alone; a list as its words, in either form."""
    known = ConfigMap(metadata=Meta(name="kube-proxy", namespace="kube-system"), data={"config.conf": text})
    kept = ConfigMap(metadata=known.metadata, data=kept_kube_proxy_config(known))

    assert kube_proxy_settings((known,)) == settings
    assert kube_proxy_settings((kept,)) == settings
