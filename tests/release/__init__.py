"""Tests of releases: laid beside each other, signed, kept only if they work."""
