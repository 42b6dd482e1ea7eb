"""Real WordPress servers on loopback, seeded with a clinic's blog: for tests, bench and trying."""

from lab.errors import LabError, LabUnavailable
from lab.postgresql import PostgreSQL
from lab.servers import Lab
from lab.shape import Login
from lab.site import Server
from lab.where import VERSIONS

__all__ = ["VERSIONS", "Lab", "LabError", "LabUnavailable", "Login", "PostgreSQL", "Server"]
