"""What every floor stands on: files, parameters, paths, progress, processes."""
