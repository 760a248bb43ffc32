"""Several random splits of the same rows: all that follows cleaning is done again for each, and scores are pooled."""
