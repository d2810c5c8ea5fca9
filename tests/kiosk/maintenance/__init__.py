"""Tests of the technician's side of a station."""
