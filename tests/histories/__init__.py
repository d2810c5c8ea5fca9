"""Several stations and their server through weeks of faults, with real stores and services."""
