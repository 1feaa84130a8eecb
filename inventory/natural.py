"""The order in which people look for names that have numbers in them."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inventory.models import Component, Interface, Neighbour

_NUMBER = re.compile(r"([0-9]+)")
Order = list[str | tuple[int, str]]


def natural(name: str) -> Order:
    """A key for sorting: Gi1/0/2 stands before Gi1/0/10."""
    pieces: Order = list(_NUMBER.split(name))
    # A number by its length first, not as an int: a device may send one of thousands of digits.
    pieces[1::2] = [(len(number), number) for number in (str(piece).lstrip("0") for piece in pieces[1::2])]
    return pieces


def port_order(port: "Interface") -> tuple[bool, int, Order]:
    """The device's own order where it told it, else by name."""
    return port.if_index is None, port.if_index or 0, natural(port.name)


def neighbour_order(row: "Neighbour") -> tuple[Order, str, str]:
    """By the port at which it was heard."""
    return natural(row.local_interface), row.protocol, row.remote_name


def part_order(part: "Component") -> Order:
    """By name."""
    return natural(part.name)
