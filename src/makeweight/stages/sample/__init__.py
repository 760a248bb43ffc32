"""sample: trained engines -> a synthetic data set per engine, in the columns of the real one."""
