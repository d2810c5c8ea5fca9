"""A station: the entrance, the exit, or both."""
