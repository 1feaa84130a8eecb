"""VLAN deployment, its pure side: present state and request -> commands. Additive only.

Nothing outside the request is created, removed or renamed: no VLAN, no port, no entry of a trunk's list.
"""

from inventory.vlans.model import (
    ALL,
    DEFAULT_VLAN,
    PortState,
    Protected,
    SwitchState,
    VlanPlan,
    VlanRequest,
    WantedVlan,
)
from inventory.vlans.plan import plan_vlans
from inventory.vlans.request import request_errors, request_of
from inventory.vlans.state import switch_state
from inventory.vlans.undo import plan_undo
from inventory.vlans.verify import diff_of, foreign, from_relevant, mismatches, relevant

__all__ = [
    "ALL",
    "DEFAULT_VLAN",
    "PortState",
    "Protected",
    "SwitchState",
    "VlanPlan",
    "VlanRequest",
    "WantedVlan",
    "diff_of",
    "foreign",
    "from_relevant",
    "mismatches",
    "plan_undo",
    "plan_vlans",
    "relevant",
    "request_errors",
    "request_of",
    "switch_state",
]
