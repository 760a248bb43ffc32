"""What is run beside the pipeline: the sweep, the diff, loggers, the tables of the documentation."""
