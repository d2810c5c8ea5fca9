"""The station's side of the line to the server."""
