"""Addresses as policies write them (networking/v1, IPBlock)."""


def ip_block(address: str) -> dict[str, dict[str, str]]:
    """Return the peer of a rule that means one address and no other."""
    return {"ipBlock": {"cidr": f"{address}/{128 if ':' in address else 32}"}}
