"""`python -m lystok`, where nothing is installed: releases start so, and stations begin anew."""

import sys

from lystok import main

sys.exit(main())
