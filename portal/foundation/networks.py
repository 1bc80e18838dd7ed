"""Network addresses, shortened so that they tell a neighbourhood and nobody in it."""

import ipaddress

KEPT_OF_4, KEPT_OF_6 = 24, 48  # bits


def shortened(address: str) -> str:
    """The network around an address, such as 203.0.113.0/24; empty for what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    bits = KEPT_OF_4 if found.version == 4 else KEPT_OF_6
    return str(ipaddress.ip_network((found, bits), strict=False))
