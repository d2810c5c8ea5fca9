"""Tests of the photo."""
