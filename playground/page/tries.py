"""What a newcomer may try: the five broken Services of the sample, and the rest of what k8snet does."""

from msgspec import Struct


class Try(Struct, frozen=True):
    """Words for the composer, in which channel, and what they are about."""

    title: str
    place: str
    words: str


TRIES = (
    Try("A name that does not resolve", "shop-dev", "/k8snet why user-service from default/checkout"),
    Try("A Service without endpoints", "shop-dev", "/k8snet why cart-service in shop"),
    Try("Readiness that fails", "incidents", "/k8snet why ledger in pay"),
    Try("One bad backend of three", "incidents", "/k8snet why catalog in shop"),
    Try("A NetworkPolicy in the way", "incidents", "/k8snet why payments in pay from shop/checkout"),
    Try("The same, said in words", "incidents", "@k8snet why is checkout timing out calling payments in pay?"),
    Try("A healthy Service", "shop-dev", "/k8snet why user-service in shop"),
    Try("A whole namespace at once", "shop-dev", "/k8snet digest for shop"),
    Try("A typo", "shop-dev", "/k8snet wyh user-service"),
    Try("Help", "shop-dev", "/k8snet help"),
)
