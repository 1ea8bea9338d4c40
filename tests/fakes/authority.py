"""An authority of our own, for servers that speak TLS on this machine."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority(NamedTuple):
    """ca: a file with the authority. context: of a server that it vouches for."""

    ca: Path
    context: ssl.SSLContext


def authority(folder: Path) -> Authority:
    """An authority nobody knows, and a certificate of it for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nobody knows me")])
    root = signed(name, name, key, key, x509.BasicConstraints(ca=True, path_length=0))
    own = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "max")])
    leaf = signed(subject, name, own, key, x509.BasicConstraints(ca=False, path_length=None))
    ca, chain = folder / "nobody.pem", folder / "server.pem"
    ca.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    private = own.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain.write_bytes(leaf.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return Authority(ca, context)


def signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    constraints: x509.BasicConstraints,
) -> x509.Certificate:
    """A certificate for a century, so that no clock matters; as strict as Python 3.13 reads."""
    since = datetime(2020, 1, 1, tzinfo=UTC)
    whose = x509.SubjectKeyIdentifier.from_public_key
    issued = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key())
    names = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=36500))
        .add_extension(constraints, critical=True)
        .add_extension(_usage(signs=constraints.ca), critical=True)
        .add_extension(whose(key.public_key()), critical=False)
        .add_extension(issued, critical=False)
        .add_extension(names, critical=False)
        .sign(by, hashes.SHA256())
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
