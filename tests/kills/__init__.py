"""kill -9 at any moment, under load: nothing that was acknowledged is lost (fault 22)."""
