"""Put every sample in one split, near copies and series of the same kind in the same one."""
