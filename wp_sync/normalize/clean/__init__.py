"""Cleaning of bodies: one module a rule, `cleaner` for all of them together.

Pure. The body that the site sent is never changed: who wants the cleaned one asks for it.
"""

from wp_sync.normalize.clean.cleaner import Cleaned, Cleaner

__all__ = ["Cleaned", "Cleaner"]
