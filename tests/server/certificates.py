"""Certificates for one test run: made at its start, valid for a day, gone with its folder."""
import datetime
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


def _name(common_name, organization=None):
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


def _builder(subject, issuer, key, start, end):
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(end))


class Authority:
    """A certificate authority that writes NAME.crt and NAME.key into a folder."""

    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder)
        self.now = datetime.datetime.utcnow()
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = _name(name)
        self.certificate = (_builder(self.subject, self.subject, self.key, self.now - DAY, self.now + DAY)
                            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
                            .sign(self.key, hashes.SHA256()))
        self.path = self._write(name, self.certificate, self.key)

    def _write(self, name, certificate, key):
        path = self.folder / f"{name}.crt"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (self.folder / f"{name}.key").write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()))
        return path

    def server(self, name, hosts=("localhost", "127.0.0.1"), expired=False):
        end = self.now - DAY / 2 if expired else self.now + DAY
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
                 for host in hosts]
        certificate = (_builder(_name(name), self.subject, key, self.now - DAY, end)
                       .add_extension(x509.SubjectAlternativeName(names), critical=False)
                       .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
                       .sign(self.key, hashes.SHA256()))
        return self._write(name, certificate, key)

    def client(self, user, group=None):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (_builder(_name(user, group), self.subject, key, self.now - DAY, self.now + DAY)
                       .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
                       .sign(self.key, hashes.SHA256()))
        return self._write(user, certificate, key)
