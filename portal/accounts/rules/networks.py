"""Where a sign-in came from, as its owner is told: enough to know one's own network, too little to find a person."""

import ipaddress


def shown(address: str) -> str:
    """The network that an address is part of, such as "203.0.113.0/24"; empty when the text is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    length = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network((found, length), strict=False))
