"""Backups of the centre: made, checked, restored."""
