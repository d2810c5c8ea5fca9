"""Letters: their queue, and a real mail server at the other end."""
