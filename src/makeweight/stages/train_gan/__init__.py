"""train_gan: one engine, trained step by step, resumed exactly after a kill; the state with the best score is kept."""
