"""What a nightly run tells the world outside: messages, a health check, metrics. See docs/watch.md.

Decides from values and sends; runs no stage, reads no archive, prints nothing.
"""
