"""wp-sync keeps a faithful, versioned copy of a WordPress site and mirrors it elsewhere."""

__version__ = "0.1.0"
