"""Bytes and volts: the devices of a station and their simulators. Knows no patrons."""
