"""Paper, looked at."""
