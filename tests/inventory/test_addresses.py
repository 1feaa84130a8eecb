"""What an operator types becomes exactly the addresses meant, or one sentence why not."""

import ipaddress
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.discovery.addresses import AddressError, AddressPlan, parse

EVERYWHERE = ("0.0.0.0/0", "::/0")


def plan(*texts: str, exclude: tuple[str, ...] = (), confirmed: bool = False) -> AddressPlan:
    return parse(texts, exclude=exclude, allowed=EVERYWHERE, confirmed=confirmed)


@pytest.mark.parametrize(
    ("texts", "addresses"),
    [
        (["10.0.0.0/30"], ["10.0.0.1", "10.0.0.2"]),
        (["10.0.0.0/31"], ["10.0.0.0", "10.0.0.1"]),
        (["10.0.0.7"], ["10.0.0.7"]),
        (["10.0.0.7/32"], ["10.0.0.7"]),
        (["10.0.0.254-10.0.1.1"], ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"]),
        (["10.0.0.5 - 10.0.0.6"], ["10.0.0.5", "10.0.0.6"]),
        (["10.0.0.5-7"], ["10.0.0.5", "10.0.0.6", "10.0.0.7"]),
        (["10.0.0.5/30"], ["10.0.0.5", "10.0.0.6"]),
        (["10.0.0.0/30", "10.0.0.2-10.0.0.3", "10.0.0.1"], ["10.0.0.1", "10.0.0.2", "10.0.0.3"]),
        (["10.0.0.0/30", "10.0.0.0"], ["10.0.0.0", "10.0.0.1", "10.0.0.2"]),
        (["10.0.0.9, 10.0.0.3\n10.0.0.5"], ["10.0.0.3", "10.0.0.5", "10.0.0.9"]),
        (["2001:db8::/126"], ["2001:db8::1", "2001:db8::2", "2001:db8::3"]),
        (["2001:db8::/127"], ["2001:db8::", "2001:db8::1"]),
        (["2001:db8::a", "10.0.0.1"], ["10.0.0.1", "2001:db8::a"]),
        ([" 10.0.0.1 "], ["10.0.0.1"]),
    ],
)
def test_it_visits_the_addresses_meant_each_once(texts: list[str], addresses: list[str]) -> None:
    found = plan(*texts)
    assert list(found) == addresses
    assert found.count == len(addresses)


@pytest.mark.parametrize(
    ("text", "exclude", "addresses"),
    [
        ("10.0.0.0/29", ("10.0.0.3",), ["10.0.0.1", "10.0.0.2", "10.0.0.4", "10.0.0.5", "10.0.0.6"]),
        ("10.0.0.0/29", ("10.0.0.0/30", "10.0.0.6-10.0.0.9"), ["10.0.0.4", "10.0.0.5"]),
        ("10.0.0.0/29", ("10.0.0.0/24",), []),
        ("10.0.0.1-2", ("2001:db8::/32", "9.0.0.0/8"), ["10.0.0.1", "10.0.0.2"]),
    ],
)
def test_it_leaves_out_what_is_excluded(text: str, exclude: tuple[str, ...], addresses: list[str]) -> None:
    assert list(plan(text, exclude=exclude)) == addresses


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0/33",
        "10.0.0",
        "10.0.0.256",
        "10.0.0.0/24/24",
        "router1",
        "",
        "10.0.0.1-2001:db8::1",
        "10.0.0.1-10.0.0.2-10.0.0.3",
        "10.0.0.5-999",
        "fe80::1%eth0",
        "10.0.0.5-",
        "-",
        "2001:db8::/129",
        "drop table;",
        "1" * 5000,
    ],
)
def test_it_answers_rubbish_with_one_sentence_that_quotes_it(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        plan(text)
    message = str(caught.value)
    assert message.startswith("addresses: ")
    assert message.endswith("give a network such as 10.0.0.0/24, a range such as 10.0.0.5-10.0.0.9, or one address.")
    assert text.split(" ")[0][:60] in message
    assert len(message) < 250


def test_it_names_the_field_that_is_wrong() -> None:
    with pytest.raises(AddressError, match=r"^exclude: '10\.0\.0\.0/40' is neither"):
        plan("10.0.0.0/24", exclude=("10.0.0.0/40",))
    with pytest.raises(AddressError, match=r"^allowed networks: 'lab' is neither"):
        parse(["10.0.0.0/24"], allowed=["lab"])


def test_it_refuses_a_range_the_wrong_way_round() -> None:
    with pytest.raises(AddressError, match=r"'10\.0\.0\.9-10\.0\.0\.5' ends before it starts"):
        plan("10.0.0.9-10.0.0.5")


def test_it_refuses_no_addresses() -> None:
    with pytest.raises(AddressError, match="nothing was given"):
        parse([], allowed=EVERYWHERE)


@pytest.mark.parametrize("text", ["10.2.0.0/24", "10.0.255.250-10.1.0.3", "2001:db8::1", "0.0.0.0/0", "10.0.0.0/15"])
def test_it_refuses_what_lies_outside_the_allowed_networks_even_when_confirmed(text: str) -> None:
    with pytest.raises(AddressError, match=r"outside the allowed networks \(10\.0\.0\.0-10\.0\.255\.255"):
        parse([text], allowed=["10.0.0.0/16", "192.168.0.0/24"], confirmed=True)


def test_it_refuses_everything_when_nothing_is_allowed() -> None:
    with pytest.raises(AddressError, match="none is declared"):
        parse(["10.0.0.1"], allowed=[])


def test_it_allows_a_range_across_two_allowed_networks_that_touch() -> None:
    assert parse(["10.0.0.250-10.0.1.5"], allowed=["10.0.0.0/24", "10.0.1.0/24"]).count == 12


def test_it_wants_a_confirmation_above_a_16() -> None:
    assert plan("10.0.0.0/16").count == 65_534
    with pytest.raises(AddressError, match="131,070 addresses need a confirmation; without one at most 65,536"):
        plan("10.0.0.0/15")
    assert plan("10.0.0.0/15", confirmed=True).count == 131_070


def test_it_walks_a_confirmed_8_without_building_it() -> None:
    eight = plan("10.0.0.0/8", confirmed=True)
    assert eight.count == 16_777_214
    assert list(islice(eight, 3)) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert len(eight.split(65_536)) == 256


def test_it_refuses_more_than_an_8_and_a_64_even_when_confirmed() -> None:
    with pytest.raises(AddressError, match="at most 16,777,216"):
        plan("10.0.0.0/7", confirmed=True)
    with pytest.raises(AddressError, match=r"18,446,744,073,709,551,615 IPv6 addresses are too many.*65,536"):
        plan("2001:db8::/64", confirmed=True)
    with pytest.raises(AddressError, match="IPv6"):
        plan("2001:db8::/64")


def test_it_measures_the_size_after_the_exclusions() -> None:
    assert plan("10.0.0.0/15", exclude=("10.1.0.0/16",)).count == 65_535


def test_it_estimates_the_time_when_nobody_answers() -> None:
    assert plan("10.0.0.0/16").estimate_seconds(20_000, retries=1, timeout=1.0) == pytest.approx(7.55, abs=0.01)
    assert plan("10.0.0.1").estimate_seconds(2000, retries=0, timeout=2.0, auths=2) == pytest.approx(2.001)


def test_it_knows_which_addresses_it_holds() -> None:
    found = plan("10.0.0.0/24", exclude=("10.0.0.9",))
    assert "10.0.0.8" in found
    assert "10.0.0.9" not in found
    assert "2001:db8::1" not in found


def test_it_cuts_blocks_where_networks_end() -> None:
    assert plan("10.0.0.0/22").split(512) == ("10.0.0.1-10.0.1.255", "10.0.2.0-10.0.3.254")


def test_it_puts_many_single_addresses_into_few_blocks() -> None:
    scattered = plan(*[f"10.{n}.0.1" for n in range(250)])
    blocks = scattered.split(64)
    assert len(blocks) < 30
    assert [address for block in blocks for address in plan(block)] == list(scattered)


NETWORKS = st.tuples(st.integers(0, 2**32 - 1), st.integers(20, 32)).map(
    lambda pair: str(ipaddress.ip_network(pair, strict=False))
)
SPANS = st.tuples(st.integers(0, 2**32 - 300), st.integers(0, 299)).map(
    lambda pair: f"{ipaddress.IPv4Address(pair[0])}-{ipaddress.IPv4Address(pair[0] + pair[1])}"
)
SIXES = st.tuples(st.integers(0, 2**128 - 1), st.integers(120, 128)).map(
    lambda pair: str(ipaddress.ip_network(pair, strict=False))
)
RANGES = st.lists(NETWORKS | SPANS | SIXES, min_size=1, max_size=6)


@given(RANGES, RANGES | st.just([]))
def test_it_equals_the_sets_of_its_parts(texts: list[str], exclude: list[str]) -> None:
    expected = {address for text in texts for address in plan(text)}
    for text in exclude:
        whole = plan(text)
        if "/" in text:
            network = ipaddress.ip_network(text)
            expected -= {str(network.network_address), str(network.broadcast_address)}
        expected -= set(whole)
    found = list(plan(*texts, exclude=tuple(exclude)))
    assert len(found) == len(set(found))
    assert set(found) == expected


@given(RANGES, st.integers(1, 5000))
def test_its_blocks_read_back_as_the_same_addresses(texts: list[str], size: int) -> None:
    whole = plan(*texts)
    blocks = whole.split(max(size, whole.count // 50))
    assert all(len(block) <= 200 for block in blocks)
    assert [address for block in blocks for address in plan(block)] == list(whole)
    assert all(plan(block).count <= max(size, whole.count // 50) for block in blocks)


@given(st.text(max_size=40))
def test_it_never_raises_anything_but_its_own_error(text: str) -> None:
    try:
        found = plan(text, confirmed=True)
    except AddressError:
        return
    assert found.count >= 1
