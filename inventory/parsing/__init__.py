"""Device text to frozen facts, one module per platform. Pure.

A new platform with a form of its own is one module here with a `DIALECT`, and its slug in `DIALECTS`.
"""

from importlib import import_module

from inventory.parsing.dialect import Dialect

DIALECTS = ("arista_eos", "cisco_ios", "cisco_nxos", "hp_comware", "huawei_vrp", "linux")


def dialect_for(slug: str) -> Dialect | None:
    """The readers of a platform; None where it has none of its own and ntc-templates serve."""
    if slug not in DIALECTS:
        return None
    dialect: Dialect = import_module(f"inventory.parsing.{slug}").DIALECT
    return dialect
