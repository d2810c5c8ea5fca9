"""Each role through its day, in a browser: what it does, and that nothing else opens."""
