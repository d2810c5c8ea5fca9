"""How the pages of docs become a site: the look, and the tables that the program itself tells."""
