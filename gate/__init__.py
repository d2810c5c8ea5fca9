"""The judgement of passage: facts in, decisions out. No clock, no disk, no network, no words."""
