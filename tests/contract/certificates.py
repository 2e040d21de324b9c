"""Makes self-signed certificates for servers that a test runs on loopback."""

import ssl
import subprocess
from pathlib import Path


def make_certificate(folder: Path, name: str = "IP:127.0.0.1", days: int = 1) -> tuple[ssl.SSLContext, Path]:
    """Return a server's context, and the file by which to trust it; needs the program openssl."""
    key, request, cert, names = (folder / part for part in ("key.pem", "request.pem", "cert.pem", "names"))
    names.write_text(f"subjectAltName={name}\nbasicConstraints=critical,CA:true\n")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl("req", "-new", *curve, "-keyout", key, "-out", request, "-subj", "/CN=stand-in")
    signing = ("-signkey", key, "-days", str(days), "-extfile", names)
    _openssl("x509", "-req", "-in", request, *signing, "-out", cert)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=30)  # noqa: S607 - PATH
