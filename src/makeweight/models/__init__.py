"""Networks used by several rooms: they know no loss and no file."""
