"""What a third party proves a publisher with: a site to push, and the suite every publisher passes.

Nothing here is used by wp-sync itself. `wp_sync.testing.plugin` makes it a pytest plugin; a
publisher's own tests import `PublisherSuite` and say how to open the publisher.
"""

from wp_sync.testing.sample import Sample
from wp_sync.testing.suite import PublisherSuite

__all__ = ["PublisherSuite", "Sample"]
