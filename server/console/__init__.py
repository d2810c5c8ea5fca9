"""The staff console: pages made on the server, for a scanner, a keyboard and one screen."""

from server.console.application import register

__all__ = ["register"]
