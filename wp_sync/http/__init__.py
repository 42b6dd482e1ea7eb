"""Speaking HTTP with one site: bounds, retries, pace, credentials; knows no records."""
