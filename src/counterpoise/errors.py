"""The one error a user can cause."""


class InputError(ValueError):
    """Something given to counterpoise cannot work.

    The message says, in one line, what was expected, what came and what to do. The command line prints it
    as it is and exits with 2.
    """
