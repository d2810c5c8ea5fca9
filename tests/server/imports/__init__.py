"""Lists taken in from other systems."""
