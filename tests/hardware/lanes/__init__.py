"""Lanes: the logic of their lines, and every driver."""
