"""Following a source: what changed, what to fetch, what may be called gone."""
