"""The loans of libraries that keep them elsewhere: SIP2, Koha, IRBIS64 (and our own)."""
