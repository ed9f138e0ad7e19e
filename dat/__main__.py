"""``python -m dat``: the same as the command ``dat``."""

import sys

from dat.app.cli import main

if __name__ == "__main__":
    sys.exit(main())
