"""Rules for Prometheus, made from config.yaml and rules/: what is recorded, and what alerts. Pure."""

from slamon.promrules.basis import Basis, basis_of
from slamon.promrules.files import ALERTING, RECORDING, Links, differences, files

__all__ = ["ALERTING", "RECORDING", "Basis", "Links", "basis_of", "differences", "files"]
