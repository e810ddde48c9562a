"""Methods of the golden vectors that counterpoise does not have yet, each with the reason.

A method of a vector that is neither here nor in the ``METHODS`` of an adapter fails its test.
"""

NOT_IMPLEMENTED: dict[str, str] = {}
