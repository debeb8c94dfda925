"""``python -m digitize``, and the ``digitize`` command."""

from __future__ import annotations

import sys
import warnings


def main() -> None:
    """Run the command line and leave with its exit code."""
    from digitize.cli import run

    if not sys.warnoptions and "--debug" not in sys.argv:
        warnings.simplefilter("ignore")  # libraries talking to developers; python -W still shows them
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
