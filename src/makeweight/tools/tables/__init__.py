"""The generated tables of docs/results.md and README.md: `make tables` writes them between their markers."""
