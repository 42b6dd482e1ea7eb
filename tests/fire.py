"""Whether the long tests run too: `make test-fire` says so with ``WP_SYNC_FIRE=1``.

What `make test` leaves out is more of the same: each fault, point and rule is met there too.
"""

from __future__ import annotations

import os
from typing import Final

FIRE: Final = os.environ.get("WP_SYNC_FIRE", "") not in ("", "0")
