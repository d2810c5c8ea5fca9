"""Lists from other systems: read, judged row by row, written, and taken back as a whole.

A list is first checked, which writes nothing, then taken in, a few hundred rows a transaction, so
that stations are answered meanwhile. A row that can't be taken names each fault and is left out,
the rest flows. The same list may be taken in again: what stands there already stays as it is, an
empty cell erases nothing, and a run that was cut short is finished by running it once more.
"""
