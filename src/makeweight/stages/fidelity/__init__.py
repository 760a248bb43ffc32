"""How much synthetic samples are like real ones, per modality and class, and whether they give train rows away."""
