"""What tests of several rooms stand on: a loopback guard, PostgreSQL, a browser, cards."""
