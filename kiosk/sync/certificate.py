"""How long the server's certificate is still good: nobody wants to learn of it on the last day.

Told 30, 7 and 1 days before (fault 33). A connection whose certificate is not good carries nothing:
the queue waits, and the copy decides.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import structlog
from cryptography import x509

from kiosk.sync.loop import Loop

_log = structlog.get_logger()

WARNED_DAYS: Final = (1, 7, 30)
_PORT: Final = 443
_TIMEOUT_S: Final = 5.0
_AGAIN_S: Final = 6 * 3600.0
_SOON_S: Final = 300.0


class CertificateWatch:
    """Looks at the server's certificate a few times a day; over plain HTTP there is none."""

    def __init__(self, url: str, ca_file: Path | None, now: Callable[[], datetime]) -> None:
        address = urlsplit(url)
        self._host = address.hostname or ""
        self._port = address.port or _PORT
        self._ca_file = ca_file
        self._now = now
        self._until: datetime | None = None
        self._bad = ""
        self._is_tls = address.scheme == "https"
        self.loop = Loop("certificate", self.step)

    @property
    def until(self) -> datetime | None:
        """Last moment at which it is good, or that of the CA that it comes from; None: unknown."""
        return self._until

    def warning(self) -> str:
        """`bad`, `1`, `7` or `30`: as many days are left, at most; empty where all is well."""
        if self._bad:
            return "bad"
        if self._until is None:
            return ""
        left = self._until - self._now()
        return next((str(days) for days in WARNED_DAYS if left <= timedelta(days=days)), "")

    def step(self) -> float:
        """Look once; answers the seconds until the next look."""
        if not self._is_tls:
            return _AGAIN_S
        try:
            self._until, self._bad = self._look(), ""
        except ssl.SSLCertVerificationError as error:
            self._bad = error.verify_message
        except OSError:
            return _SOON_S
        if warning := self.warning():
            until = None if self._until is None else self._until.isoformat()
            _log.warning("certificate", days=warning, until=until, problem=self._bad)
        return _SOON_S if self._bad else _AGAIN_S

    def _look(self) -> datetime:
        context = ssl.create_default_context(
            cafile=None if self._ca_file is None else str(self._ca_file)
        )
        with (
            socket.create_connection((self._host, self._port), _TIMEOUT_S) as line,
            context.wrap_socket(line, server_hostname=self._host) as secured,
        ):
            shown = secured.getpeercert(binary_form=True)
        ends = [] if shown is None else [x509.load_der_x509_certificate(shown).not_valid_after_utc]
        if self._ca_file is not None:
            trusted = x509.load_pem_x509_certificates(self._ca_file.read_bytes())
            ends.append(max(one.not_valid_after_utc for one in trusted))
        return min(ends, default=datetime.max.replace(tzinfo=UTC))
