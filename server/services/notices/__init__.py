"""Letters that remind readers: who is to have one, in which words, and by whose choice.

What is due is looked for in the tables at the time of sending, so that nothing is announced that
was settled meanwhile; what was told is kept by a key, so that nothing is told twice.
"""
