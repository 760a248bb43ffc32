"""Commands that are not stages: the sweep, the diff, loggers, the tables of the documentation."""
