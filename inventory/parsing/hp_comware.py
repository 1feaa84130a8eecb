"""HPE Comware: read through ntc-templates, written to in system view, where each line is in force at once. Pure."""

from inventory.parsing.dialect import Dialect

DIALECT = Dialect(configure="system-view", leave="return")
