"""The judgement of passage, tried by itself."""
