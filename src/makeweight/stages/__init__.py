"""One module or folder per stage of dvc.yaml; no stage imports another."""
