"""Clean the raw samples: one rule after another; every dropped row keeps its reason."""
