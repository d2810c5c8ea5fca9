"""Letters that remind readers."""
