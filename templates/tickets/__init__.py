"""E-tickets as pictures."""
