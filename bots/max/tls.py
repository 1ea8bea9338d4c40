"""Whom MAX's servers are believed by: the system's authorities and the Russian state's.

Only requests to MAX use this context: nobody else's certificate is to be believed because of it.
"""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

#: Root and intermediate of the Ministry of Digital Development; origin and fingerprints are in
#: README.md.
SHIPPED = Path(__file__).with_name("ca.pem")


class Trust(NamedTuple):
    """context: for requests to MAX. until: when the first of the added authorities expires."""

    context: ssl.SSLContext
    until: datetime


def trust(ca_file: str = "") -> Trust:
    """The system's authorities and those of a PEM file, the shipped one unless given.

    Raises ValueError for a file that cannot be read or names no authority."""
    path = Path(ca_file) if ca_file else SHIPPED
    added = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.create_default_context()
    try:
        added.load_verify_locations(cafile=path)
        context.load_verify_locations(cafile=path)
    except OSError as error:  # an SSLError is one
        raise ValueError(f"{path.name}: {error.strerror or 'no certificates in it'}") from None
    ends = [ssl.cert_time_to_seconds(str(found["notAfter"])) for found in added.get_ca_certs()]
    if not ends:
        raise ValueError(f"{path.name}: no certificate of an authority in it")
    return Trust(context, datetime.fromtimestamp(min(ends), UTC))
