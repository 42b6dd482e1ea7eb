"""dlt's REST source walking a WordPress site's posts into SQLite: ``python dlt_walk.py URL DIR``.

Runs in an environment of its own (``make bench`` makes it); set up as dlt's documentation shows:
page numbers with the total from a header, four extract workers, parallelized resources.
"""

import sys
from pathlib import Path

import dlt
from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator
from dlt.sources.rest_api import rest_api_source

KINDS = ("posts", "pages", "media", "comments", "categories", "tags", "users")


class WordPressPages(PageNumberPaginator):
    """WordPress states the number of pages in a header."""

    def __init__(self) -> None:
        super().__init__(
            base_page=1, page_param="page", total_path=None, stop_after_empty_page=True
        )

    def update_state(self, response, data=None):
        super().update_state(response, data)
        if self.current_value > int(response.headers.get("X-WP-TotalPages", 1)):
            self._has_next_page = False


def main(url: str, folder: str) -> None:
    place = Path(folder).resolve()
    place.mkdir(parents=True, exist_ok=True)
    source = rest_api_source(
        {
            "client": {"base_url": f"{url}/wp-json/wp/v2/"},
            "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
            "resources": [
                {
                    "name": kind,
                    "parallelized": True,
                    "max_table_nesting": 0,
                    "endpoint": {
                        "path": kind,
                        "params": {"per_page": 100, "orderby": "id", "order": "asc"},
                        "paginator": WordPressPages(),
                    },
                }
                for kind in KINDS
            ],
        }
    )
    pipeline = dlt.pipeline(
        pipeline_name="walk",
        pipelines_dir=str(place / "pipelines"),
        destination=dlt.destinations.sqlalchemy(f"sqlite:///{place / 'site.db'}"),
        dataset_name="main",
    )
    print(pipeline.run(source))


if __name__ == "__main__":
    main(*sys.argv[1:])
