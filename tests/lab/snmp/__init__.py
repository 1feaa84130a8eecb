"""The SNMP side of a device: v2c and v3 (authPriv), independent of the product's own client."""
