"""What can go wrong in the lab: it cannot be had here, or a step of it failed."""


class LabError(Exception):
    """A step failed although everything needed was there; the message says which and why."""


class LabUnavailable(LabError):
    """This machine cannot have the lab (or this version); the message is the reason to show."""
