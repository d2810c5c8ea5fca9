"""Card readers, and what is on cards."""
