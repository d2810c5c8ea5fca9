"""Holds, renewals and requests."""
