"""What is left on the disk when the power goes, for every way in which the project writes."""
