"""The lowest floor, which all others import: files, parameters, paths, progress, processes."""
