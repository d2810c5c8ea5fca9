"""Pages and drawings about the hardware."""
