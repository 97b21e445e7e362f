"""`python -m tierline.cli`: the command where no script is installed."""

import sys

from tierline.cli.main import main

sys.exit(main())
