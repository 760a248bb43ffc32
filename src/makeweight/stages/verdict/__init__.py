"""The verdict: which way of balancing wins on this data, and whether synthetic samples help, with intervals."""
