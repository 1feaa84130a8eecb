"""The configuration lines that mend a failure: the rule's template with the device and the evidence put in. Pure.

Jinja in an immutable sandbox that sees plain dicts and strings only. Nothing in a template can make text grow but the
lines of evidence, one loop deep, so the answer is bounded: no assignments, arithmetic, calls or nested loops.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from jinja2 import Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeVisitor

from compliance.rules import RuleError
from compliance.scope import Evidence

DEVICE = ("name", "address", "platform", "os_version", "site", "role")  # what a template may know of the device
MAX_TEMPLATE = 10_000
FILTERS = ("default", "first", "last", "lower", "upper", "trim")
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const, nodes.For, nodes.If,
    nodes.Filter, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip


def propose(template: str, device: Mapping[str, str], evidence: Iterable[Evidence]) -> str:
    """The lines for one device; a template that cannot be filled in is given as it stands.

    `device` has the keys of DEVICE. `{{ device.name }}` is one of them, `{% for line in evidence %}` goes through the
    lines that show the failure: `{{ line.text }}`, and `{{ line.number }}` from 1.
    """
    if _plain(template):
        return template
    lines = [{"number": line.line_number, "text": line.text} for line in evidence]
    try:
        return _compiled(template).render(device=dict(device), evidence=lines).rstrip("\n")
    except (RuleError, TemplateError, TypeError, ValueError):
        return template


def check_template(template: str) -> None:
    """Raise RuleError with the line and what is accepted."""
    if len(template) > MAX_TEMPLATE:
        raise RuleError(f"remediation is longer than {MAX_TEMPLATE} characters")
    if _plain(template):
        return
    try:
        _Reader().visit(_environment().parse(template))
    except TemplateError as error:
        raise RuleError(f"remediation, line {getattr(error, 'lineno', 1)}: {error.message}") from None
    except RecursionError:
        raise RuleError("remediation: nested too deeply") from None


def _plain(template: str) -> bool:
    """Configurations have braces of their own."""
    return "{%" not in template and "{{" not in template


class _Reader(NodeVisitor):
    """Refuses what is not allowed, with its line."""

    loops = 0

    def generic_visit(self, node: nodes.Node, *args: object, **kwargs: object) -> None:
        """Everything that has no method of its own here."""
        if not isinstance(node, _ALLOWED):
            self._refuse(node, f"{type(node).__name__.lower()} is not allowed; if, for, and names are")
        super().generic_visit(node, *args, **kwargs)

    def visit_For(self, node: nodes.For) -> None:
        """One loop, through the evidence."""
        if self.loops or node.recursive or not (isinstance(node.iter, nodes.Name) and node.iter.name == "evidence"):
            self._refuse(node, "a loop goes through evidence, and no other loop stands in it")
        self.loops += 1
        self.generic_visit(node)
        self.loops -= 1

    def visit_Filter(self, node: nodes.Filter) -> None:
        """Those that make nothing longer."""
        if node.name not in FILTERS:
            self._refuse(node, f"the filter {node.name} is not one of {', '.join(FILTERS)}")
        self.generic_visit(node)

    def _refuse(self, node: nodes.Node, sentence: str) -> None:
        raise RuleError(f"remediation, line {node.lineno}: {sentence}")


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    made.globals.clear()
    return made


@lru_cache(maxsize=512)
def _compiled(template: str) -> Template:
    check_template(template)
    return _environment().from_string(template)
