"""The centre: what all stations and desks of a library agree on."""
