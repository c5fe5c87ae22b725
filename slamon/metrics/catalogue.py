"""Every metric, in the order of the manual: exporters/README.md."""

from __future__ import annotations

from slamon.metrics.catalogue_heard import HEARD
from slamon.metrics.catalogue_stored import STORED

FAMILIES = (*STORED, *HEARD)
