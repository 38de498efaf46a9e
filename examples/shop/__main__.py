"""`make shop`: serve the mall until Ctrl-C."""

from __future__ import annotations

import os
import sys

from shop.settings import Settings

__all__ = ["main"]


def main() -> int:
    """0 after Ctrl-C, 2 where the settings are wrong."""
    try:
        settings = Settings.of(os.environ)
        from shop.serving import serve  # what it needs takes a moment to load, and Ctrl-C ends that too

        return serve(settings)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
