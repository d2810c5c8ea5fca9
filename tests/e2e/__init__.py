"""The whole library at once: real programs, real pages in a real browser."""
