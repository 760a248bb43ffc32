"""A user's mistake, told apart from a defect of ours."""


class InputError(ValueError):
    """Something the user gave is wrong: the message names file and field, and says what would be right.

    The front door prints it as one line and exits with 1; every other exception keeps its traceback.
    """
