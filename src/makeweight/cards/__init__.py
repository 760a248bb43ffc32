"""Cards that are written for the user: what a file, a folder or a site holds, and the card that says so."""
