"""Ways of balancing a train split, and the `Arm` value that names their combinations; import from the modules."""
