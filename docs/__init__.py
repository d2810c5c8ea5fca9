"""What is written and drawn about Lystok."""
