"""Configurations that nest by braces, as the `set` lines they mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.parsing.braces import flatten


def said(text: str) -> list[tuple[int, str]]:
    flat = flatten(text)
    return list(zip(flat.line_numbers, flat.text.splitlines(), strict=True))


def test_it_writes_the_path_of_every_statement_and_its_line() -> None:
    text = "system {\n  host-name r1;\n  services {\n    ssh {\n      root-login deny;\n    }\n  }\n}\n"
    assert said(text) == [(2, "set system host-name r1"), (5, "set system services ssh root-login deny")]


def test_it_takes_a_list_for_as_many_statements() -> None:
    assert said("a {\n  order [ x y ];\n}") == [(2, "set a order x"), (2, "set a order y")]


def test_it_leaves_out_what_the_device_does_not_act_on() -> None:
    inactive = " inactive: b;\n inactive: c {\n  d;\n  e {\n   f;\n  }\n }\n"
    text = f"a {{\n{inactive} protect: g;\n h; ## SECRET-DATA\n}}\n# i;\n/* j;\n k; */\nl;"
    assert said(text) == [(9, "set a g"), (10, "set a h"), (15, "set l")]


def test_it_does_not_take_quoted_text_for_structure() -> None:
    text = 'a {\n message "b { c; } # d /* e";\n f;\n}\n'
    assert said(text) == [(2, 'set a message "b { c; } # d /* e"'), (3, "set a f")]


def test_it_repeats_what_applied_groups_say() -> None:
    text = "groups {\n g {\n  x;\n }\n unused {\n  y;\n }\n}\napply-groups g;\n"
    assert [line for _, line in said(text)] == ["set groups g x", "set groups unused y", "set apply-groups g", "set x"]


def test_it_reads_set_lines_as_they_are_but_for_the_deactivated() -> None:
    text = "set version 1\nset o [ p q ]\nset a b\nset a bc\nset d e f\ndeactivate a b\ndeactivate d e\n"
    assert said(text) == [(1, "set version 1"), (2, "set o p"), (2, "set o q"), (4, "set a bc")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a {\n b;\n", "the configuration ends inside a brace: it is not complete"),
        ("a {\n}\n}\n", "line 3 of the configuration closes a brace that was never opened"),
        ("a {\n" * 3000 + "b;\n" * 3000, "line 101 of the configuration nests deeper than 100 blocks"),
    ],
)
def test_it_says_when_braces_do_not_balance_or_would_fill_the_memory(text: str, problem: str) -> None:
    assert flatten(text).problem == problem


WORD = st.text(alphabet="abc-", min_size=1, max_size=4)
TREE = st.recursive(st.none(), lambda inner: st.dictionaries(WORD, inner, min_size=1, max_size=3), max_leaves=12)


def printed(tree: dict[str, dict | None], indent: str = "") -> str:
    return "".join(
        f"{indent}{word};\n" if inner is None else f"{indent}{word} {{\n{printed(inner, indent + '    ')}{indent}}}\n"
        for word, inner in tree.items()
    )


def paths(tree: dict[str, dict | None], above: str = "set") -> list[str]:
    return [
        path
        for word, inner in tree.items()
        for path in ([f"{above} {word}"] if inner is None else paths(inner, f"{above} {word}"))
    ]


@given(TREE.filter(bool))
def test_it_finds_every_path_of_a_printed_tree(tree: dict[str, dict | None]) -> None:
    assert [line for _, line in said(printed(tree))] == paths(tree)


@given(st.text(alphabet='ab {};"\\\n#/*[]', max_size=80))
def test_it_bears_any_text(text: str) -> None:
    flat = flatten(text)
    assert len(flat.line_numbers) == flat.text.count("\n")
    assert all(1 <= number <= text.count("\n") + 1 for number in flat.line_numbers)
