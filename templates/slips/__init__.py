"""Control slips on paper: their words, their measures, and how they are drawn."""
