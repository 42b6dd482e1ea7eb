"""A sample site that ships with the package, replayed on loopback."""

from wp_sync.demo.recording import File, Listing, Recording, load
from wp_sync.demo.server import DemoServer, Request, Response

__all__ = ["DemoServer", "File", "Listing", "Recording", "Request", "Response", "load"]
