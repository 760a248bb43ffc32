"""The exception for mistakes of a user, as opposed to defects of the program."""


class InputError(ValueError):
    """Something the user gave is wrong: the message names file and field, and says what would be right.

    `core/entry.py` prints it as one line and exits with 1; every other exception keeps its traceback.
    """
