"""Reading WordPress: the only place that talks to a source site."""
