"""The whole library on one machine: sample data, simulated hardware, one day played for real.

This room composes the others and may know them all; nobody knows it.
"""
