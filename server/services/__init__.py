"""What the centre does. Services decide and own their transactions; they know no Flask.

A public function takes the `Database` first; time and chance come as arguments. Functions that
take a `Session` are parts of somebody else's transaction.
"""
