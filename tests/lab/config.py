"""The part of a configuration the lab keeps as text: global lines and blocks of one level."""

from collections.abc import Iterable


class ConfigLines:
    """Header line -> child lines, in the order they were typed."""

    def __init__(self) -> None:
        self.blocks: dict[str, list[str]] = {}

    def load(self, text: str) -> None:
        """Add indented text; children are indented by at least one space."""
        header = ""
        for line in text.strip("\n").splitlines():
            if line.startswith(" "):
                self.blocks[header].append(line.strip())
            elif line.strip():
                header = line.rstrip()
                self.blocks.setdefault(header, [])

    def put(self, line: str, single: Iterable[str] = ()) -> None:
        """Add a global line; one of `single` (prefixes with one value) replaces its predecessor."""
        self.blocks.pop(f"no {line}", None)
        prefix = next((p for p in single if line.startswith(p + " ")), None)
        for old in [h for h in self.blocks if prefix and h.startswith(prefix + " ")]:
            del self.blocks[old]
        self.blocks.setdefault(line, [])

    def put_child(self, header: str, line: str, single: Iterable[str] = ()) -> None:
        """Add a line to a block, creating the block."""
        put_line(self.blocks.setdefault(header, []), line, single)

    def drop(self, line: str) -> bool:
        """Remove the global line or every line it is the beginning of; False if there was none."""
        old = [h for h in self.blocks if h == line or h.startswith(line + " ")]
        for header in old:
            del self.blocks[header]
        return bool(old)

    def drop_child(self, header: str, line: str) -> bool:
        """Remove lines of a block; False if there was none."""
        return drop_line(self.blocks.get(header, []), line)

    def value(self, prefix: str) -> str:
        """What follows the first global line with this prefix, empty if there is none."""
        return next((h[len(prefix) + 1 :] for h in self.blocks if h.startswith(prefix + " ")), "")

    def ranked(self, order: tuple[str, ...], indent: str = " ") -> list[tuple[int, list[str]]]:
        """(place, lines) of every block; place = index of the longest matching prefix in `order`, else its length."""
        placed = [(_place(h, order), [h, *(f"{indent}{c}" for c in kids)]) for h, kids in self.blocks.items()]
        return sorted(placed, key=lambda item: item[0])


def put_line(lines: list[str], line: str, single: Iterable[str] = ()) -> None:
    """Add a line to a list of lines as a device does: no doubles, one value where only one can be."""
    if f"no {line}" in lines:
        lines.remove(f"no {line}")
    prefix = next((p for p in single if line.startswith(p + " ")), None)
    lines[:] = [old for old in lines if not (prefix and old.startswith(prefix + " "))]
    if line not in lines:
        lines.append(line)


def drop_line(lines: list[str], line: str) -> bool:
    """Remove every line that is or begins with `line`; False if there was none."""
    kept = [old for old in lines if old != line and not old.startswith(line + " ")]
    found = len(kept) < len(lines)
    lines[:] = kept
    return found


def _place(header: str, order: tuple[str, ...]) -> int:
    matches = [(len(p), i) for i, p in enumerate(order) if header == p or header.startswith(p + " ")]
    return max(matches)[1] if matches else len(order)
