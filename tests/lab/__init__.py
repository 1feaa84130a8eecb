"""Simulated network devices over real SSH, SNMP and HTTP sockets, and one real router in a namespace.

The lab imports nothing of the product: it is the other side, and would otherwise prove our parsers with
themselves. In a test `with Lab(devices=6) as lab:`; from a shell `python -m tests.lab --help`.
"""

from tests.lab.lab import Lab

__all__ = ["Lab"]
