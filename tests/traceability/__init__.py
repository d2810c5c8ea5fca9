"""Which test shows which clause, scenario, fault or attack."""
