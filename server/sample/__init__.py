"""A sample library to look at, to test and to measure with: nobody in it is real.

`write_sample` fills a folder: `server.toml` and its SQLite database (or a PostgreSQL one named by
its URL), ticket key and session secret, `patrons.csv` (number, name, state), `cards.csv` (number,
UID of a contactless card), `staff.txt` (logins with random passwords), `stations.json` (one-time
pairing codes of K1 and E1, and of K2 in the branch). Names and states are the same for the same
seed and day; keys and passwords never are.
"""

from server.sample.writing import SEED, SampleExists, Summary, pair_again, write_sample

__all__ = ["SEED", "SampleExists", "Summary", "pair_again", "write_sample"]
