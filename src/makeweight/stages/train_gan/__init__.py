"""train_gan: one engine, trained step by step, resumed exactly after a kill, chosen by what its fakes teach."""
