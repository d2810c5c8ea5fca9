"""Scanners that type and scanners that send."""
