"""How long what is kept, and the rights of a person in their own data."""
