"""Tests of what brings Lystok onto a machine and keeps it there."""
