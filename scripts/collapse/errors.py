"""The one exception that a user is meant to read."""


class InputError(Exception):
    """Something that the user gave can't be used.

    The message is all that the user sees: it says what was expected, what was received, where, and
    what to do. Scripts print it without a traceback and exit with status 1.
    """


class NoEventsError(InputError):
    """A file that is well and holds no events, as a skim that nothing passed."""
