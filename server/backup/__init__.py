"""Backups of the centre: made while it works, checked by restoring them, restored by one command.

A backup is a folder: the database, the keys if they may be in it, and a manifest that is written
last, so that a backup that was cut off is none. What was erased since it was made is erased again
when it is restored: the journal of erasures lies beside the backups (threat 24).
"""
