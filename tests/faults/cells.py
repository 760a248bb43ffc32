"""The addresses of all cells of the tiny project, known before it is written."""

from tiny_run import CHANGES

from makeweight.command import stages
from makeweight.core.params import read_yaml
from miniature import ROOT

ADDRESSES = stages.addresses(read_yaml(ROOT / "dvc.yaml"), read_yaml(ROOT / "params.yaml") | CHANGES)
