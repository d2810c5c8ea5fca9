"""`python -m docs.drawings` writes every drawing anew."""

from docs.drawings import main

main()
