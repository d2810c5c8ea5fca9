"""The long searches: what `make test` tries a little of, in full counts, a line a figure."""
