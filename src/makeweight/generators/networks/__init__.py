"""The networks of the engines."""
