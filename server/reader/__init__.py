"""What a reader opens on a phone: the ticket that is kept there, and passes for wallets."""

from server.reader.application import register

__all__ = ["register"]
