"""The steps of the first run: each draws its page and takes its form."""
