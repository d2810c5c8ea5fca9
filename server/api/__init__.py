"""The stations' API."""
