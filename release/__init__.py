"""How the program comes onto a machine, is renewed there, and goes back if that fails.

Knows no room: it stands beside them, and with the standard library alone for all but signatures, so
that the install script can use it before anything is installed.
"""
