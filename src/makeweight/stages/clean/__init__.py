"""Clean the raw samples: one rule after another, and every dropped row keeps its reason."""
