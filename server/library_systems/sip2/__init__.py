"""SIP2, the 3M Standard Interchange Protocol, version 2.00: both ends of it."""
