"""The lab, asked through the clients the field uses: netmiko, NAPALM, net-snmp, and its own command line."""

import asyncio
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

import asyncssh
import napalm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from netmiko import BaseConnection, ConnectHandler
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoTimeoutException, ReadException, ReadTimeout
from ntc_templates.parse import parse_output

from tests.lab.frr import FrrRouter, available
from tests.lab.lab import V3_USER, Lab
from tests.lab.names import ranges, vid_set
from tests.lab.snmp import ber
from tests.lab.ssh import device_key
from tests.lab.state import Device
from tests.lab.topology import build
from tests.lab.vendors.baseline import PLANTED_SECRETS
from tests.lab.vendors.registry import VENDORS

ROOT = Path(__file__).parent.parent
PLATFORMS = ("cisco_ios", "cisco_nxos", "arista_eos", "huawei_vrp")
NETMIKO = {"cisco_ios": "cisco_ios", "cisco_nxos": "cisco_nxos", "arista_eos": "arista_eos", "huawei_vrp": "huawei"}
READ_CONFIG = dict.fromkeys(PLATFORMS, "show running-config") | {"huawei_vrp": "display current-configuration"}
SYS_NAME = "1.3.6.1.2.1.1.5.0"
IF_ALIAS = "1.3.6.1.2.1.31.1.1.1.18"
LLDP_REMOTE_NAME = "1.0.8802.1.1.2.1.4.1.1.9"
V3 = ["-v3", "-l", "authPriv", "-u", V3_USER.name, "-a", "SHA", "-A", V3_USER.auth_password, "-x", "AES",
      "-X", V3_USER.priv_password]  # fmt: skip

needs_net_snmp = pytest.mark.usefixtures("net_snmp")


@pytest.fixture(scope="session")
def net_snmp() -> None:
    assert shutil.which("snmpbulkwalk"), "the Debian package snmp is missing: apt-get install snmp"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(devices=8, platforms=PLATFORMS, network="127.41.0.0/24") as running:
        yield running


def of(lab: Lab, platform: str) -> Device:
    return next(d for d in lab.devices if d.platform == platform)


def login(lab: Lab, device: Device, **options: object) -> BaseConnection:
    settings = {"username": lab.username, "password": lab.password, "conn_timeout": 5, **options}
    return ConnectHandler(device_type=NETMIKO[device.platform], host=device.address, port=lab.ssh_port, **settings)


def type_in(lab: Lab, device: Device, lines: list[str]) -> str:
    """Configuration lines at a login of their own, without netmiko's ten seconds of waiting in VRP's system view."""
    cli = lab.new_cli(device.address)
    start = "system-view" if device.platform == "huawei_vrp" else "configure terminal"
    return "".join(cli.enter(line) for line in [start, *lines])


def walk(lab: Lab, device: Device, oid: str, *how: str) -> list[str]:
    """Values under an OID, by net-snmp."""
    return snmp(device.address, lab.snmp_port, oid, list(how) or ["-v2c", "-c", lab.community])


def snmp(address: str, port: int, oid: str, access: list[str]) -> list[str]:
    """What snmpbulkwalk prints: the values, or its complaint."""
    command = ["snmpbulkwalk", *access, "-t", "2", "-r", "0", "-Ovq", "-OU", f"{address}:{port}", oid]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line.strip().strip('"') for line in (done.stdout + done.stderr).splitlines()]


# --- SSH


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_shows_a_change_made_over_ssh_in_configuration_show_and_snmp(lab: Lab, platform: str) -> None:
    device = of(lab, platform)
    port = next(p for p in device.of_kind("ethernet") if p.mode == "access")
    access = ["port link-type access", "port default vlan 77"] if platform == "huawei_vrp" else [
        "switchport", "switchport mode access", "switchport access vlan 77"]  # fmt: skip
    with login(lab, device) as session:
        before = str(session.send_command(READ_CONFIG[platform]))
        lines = ["vlan 77", "name LAB-77", f"interface {port.name}", "description sold to | marked", *access]
        session.send_config_set(lines)
        after = str(session.send_command(READ_CONFIG[platform]))
        vlans = session.send_command("display vlan" if platform == "huawei_vrp" else "show vlan brief")
    changed = {line.strip() for line in after.splitlines()} - {line.strip() for line in before.splitlines()}
    assert {"description sold to | marked", "name LAB-77", access[-1]} <= changed
    assert "LAB-77" in vlans
    assert "sold to | marked" in walk(lab, device, IF_ALIAS)
    names = "1.3.6.1.4.1.9.9.46.1.3.1.1.4" if platform == "cisco_ios" else "1.3.6.1.2.1.17.7.1.4.3.1.1"
    assert "LAB-77" in walk(lab, device, names)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_keeps_the_startup_configuration_apart_until_it_is_saved(lab: Lab, platform: str) -> None:
    device = of(lab, platform)
    with login(lab, device) as session:
        type_in(lab, device, ["vlan 3078"])
        assert "3078" in session.send_command(READ_CONFIG[platform])
        assert "3078" not in device.startup
        session.save_config()
    assert device.startup == lab.running_config(device.address)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_refuses_what_it_does_not_know_and_changes_nothing(platform: str) -> None:
    lab = Lab(devices=1, platforms=(platform,))
    device = lab.devices[0]
    before = lab.running_config(device.address)
    answer = type_in(lab, device, ["frobnicate now", "vlan 5000", "interface Nowhere9/9", "vlan x", "interface"])
    assert answer.count(VENDORS[platform].cli.invalid) == 5
    assert lab.running_config(device.address) == before


@pytest.mark.parametrize(
    ("platform", "command"),
    [
        ("cisco_ios", c)
        for c in (
            "show version", "show interfaces", "show ip interface brief", "show vlan brief", "show vlan",
            "show interfaces switchport", "show interfaces status", "show interfaces description",
            "show lldp neighbors", "show lldp neighbors detail", "show cdp neighbors detail", "show inventory",
        )
    ]
    + [
        ("cisco_nxos", c)
        for c in (
            "show version", "show interface", "show interface status", "show interface switchport",
            "show ip interface brief vrf all", "show vlan", "show lldp neighbors detail",
            "show cdp neighbors detail", "show inventory",
        )
    ]
    + [
        ("arista_eos", c)
        for c in (
            "show version", "show hostname", "show interfaces", "show interfaces status", "show ip interface brief",
            "show vlan", "show lldp neighbors detail", "show inventory",
        )
    ]
    + [
        ("huawei_vrp", c)
        for c in (
            "display version", "display device", "display interface", "display interface brief", "display vlan",
            "display port vlan", "display lldp neighbor",
        )
    ],
)  # fmt: skip
def test_it_prints_what_the_ntc_templates_parse(platform: str, command: str) -> None:
    lab = Lab(devices=4, platforms=(platform,))
    device = next(d for d in lab.devices if d.role == "distribution")
    cli = lab.new_cli(device.address)
    rows = parse_output(platform=platform, command=command, data=cli.enter(command))
    expected = 1
    if "interface" in command and "ip " not in command:
        expected = len(device.of_kind("ethernet"))
    if "vlan" in command and "port" not in command:
        expected = len(device.vlans)
    if "neighbor" in command:
        expected = len(list(device.lldp_ports()))
    assert len(rows) >= expected


@pytest.mark.parametrize(
    ("platform", "driver"), [("cisco_ios", "ios"), ("cisco_nxos", "nxos_ssh"), ("arista_eos", "eos")]
)
def test_it_satisfies_the_napalm_driver(lab: Lab, platform: str, driver: str) -> None:
    device = of(lab, platform)
    options = {"port": lab.ssh_port} if driver != "eos" else {"transport": "http", "port": lab.http_port}
    with napalm.get_network_driver(driver)(
        device.address, lab.username, lab.password, optional_args=options
    ) as session:
        facts = session.get_facts()
        assert (facts["hostname"], facts["serial_number"]) == (device.hostname, device.serial)
        assert set(session.get_vlans()) >= {str(v) for v in device.vlans}
        interfaces = session.get_interfaces()
        cabled = next(device.lldp_ports())
        assert interfaces[cabled.name]["description"] == cabled.description
        assert interfaces[cabled.name]["is_up"]
        assert device.address in str(session.get_interfaces_ip())
        neighbours = session.get_lldp_neighbors()
        assert {p.name for p in device.lldp_ports()} == set(neighbours)
        assert device.hostname in session.get_config(retrieve="running")["running"]


def test_it_pages_until_told_not_to(lab: Lab) -> None:
    device = of(lab, "cisco_ios")
    with login(lab, device) as session:
        session.write_channel("terminal length 24\n")
        session.read_until_pattern(r"#")
        session.write_channel("show running-config\n")
        first = session.read_until_pattern(r"--More--")
        session.write_channel("q")
        session.read_until_pattern(r"#")
    assert len(first.splitlines()) < 30


def test_it_asks_for_the_enable_password_where_one_is_set() -> None:
    with Lab(devices=1, platforms=("cisco_ios",), network="127.42.0.0/24", enable_password="open-sesame") as lab:
        with login(lab, lab.devices[0], secret="open-sesame") as session:
            assert not session.check_enable_mode()
            assert "Invalid input" in session.send_command("show running-config")
            session.enable()
            assert str(session.send_command("show running-config")).rstrip().endswith("end")
        with login(lab, lab.devices[0], secret="wrong") as session, pytest.raises(ValueError, match="enable"):
            session.enable()


def test_it_answers_exec_requests_without_a_shell(lab: Lab) -> None:
    device = of(lab, "cisco_ios")

    async def read() -> str:
        async with asyncssh.connect(
            device.address, lab.ssh_port, username=lab.username, password=lab.password, known_hosts=None
        ) as connection:
            return str((await connection.run("show running-config")).stdout)

    text = asyncio.run(read())
    assert text.replace("\r\n", "\n").rstrip().endswith("end")


def test_it_gives_every_device_its_own_host_key_and_the_same_one_next_time() -> None:
    lab = Lab(devices=4)
    first = [device_key(1, d.serial).get_fingerprint() for d in lab.devices]
    assert first == [device_key(1, d.serial).get_fingerprint() for d in Lab(devices=4).devices]
    assert len(set(first)) == 4


# --- SNMP


@needs_net_snmp
@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_walks_the_same_over_v2c_and_v3(lab: Lab, platform: str) -> None:
    device = of(lab, platform)
    for oid in ("1.3.6.1.2.1.2.2", "1.3.6.1.2.1.31", "1.0.8802", "1.3.6.1.2.1.47"):
        values = walk(lab, device, oid)
        assert values == walk(lab, device, oid, *V3)
        assert len(values) > 5
    assert walk(lab, device, SYS_NAME) == [device.system_name]


@needs_net_snmp
def test_it_keeps_the_increasing_order_of_the_whole_tree(lab: Lab) -> None:
    for device in lab.devices[:4]:
        lines = walk(lab, device, ".1")
        assert not [line for line in lines if "not increasing" in line or "Timeout" in line]
        assert len(lines) > 600


@needs_net_snmp
@pytest.mark.parametrize(
    ("place", "value", "answer"),
    [(4, "nobody", "Unknown user name"), (8, "wrong-auth-pass", "Authentication failure"),
     (12, "wrong-priv-pass", "Decryption error"), (2, "authNoPriv", "Unsupported security level")],
)  # fmt: skip
def test_it_reports_what_is_wrong_with_a_v3_request(lab: Lab, place: int, value: str, answer: str) -> None:
    how = list(V3)
    how[place] = value
    assert answer in " ".join(walk(lab, lab.devices[0], SYS_NAME, *how))


@needs_net_snmp
def test_it_closes_the_door_when_the_community_leaves_the_configuration(lab: Lab) -> None:
    device = of(lab, "cisco_ios")
    assert walk(lab, device, SYS_NAME) == [device.system_name]
    with login(lab, device) as session:
        session.send_config_set([f"no snmp-server community {lab.community}"])
    assert "Timeout" in " ".join(walk(lab, device, SYS_NAME))


@needs_net_snmp
def test_it_takes_a_neighbour_off_the_table_when_its_port_is_shut(lab: Lab) -> None:
    device = of(lab, "cisco_ios")
    port = next(device.lldp_ports())
    assert port.peer
    before = walk(lab, device, LLDP_REMOTE_NAME)
    with login(lab, port.peer.device) as session:
        session.send_config_set([f"interface {port.peer.name}", "shutdown"])
    after = walk(lab, device, LLDP_REMOTE_NAME)
    assert len(after) == len(before) - 1


@given(st.binary(max_size=200))
def test_it_drops_rubbish_datagrams(data: bytes) -> None:
    lab = Lab(devices=1)
    assert lab.new_agent(lab.devices[0].address).answer(data) is None


@given(st.lists(st.integers(0, 2**32 - 1), max_size=20))
def test_it_encodes_object_identifiers_as_the_codec_does(tail: list[int]) -> None:
    value = (1, 3, *tail)
    assert ber.oid(value) == ber.oid_value(".".join(map(str, value)))


@given(st.frozensets(st.integers(1, 4094), min_size=1, max_size=60))
def test_it_reads_back_the_vlan_lists_it_writes(vids: frozenset[int]) -> None:
    assert vid_set(ranges(vids)) == vids
    assert vid_set(ranges(vids, " to ", " ")) == vids


# --- topology


@pytest.mark.parametrize("count", [1, 2, 3, 7, 24, 60])
def test_it_cables_both_ends_alike(count: int) -> None:
    lab = Lab(devices=count)
    ends = {d.hostname: d for d in lab.devices}
    assert len(ends) == count
    for link in lab.links:
        a = ends[link.a_device].ports[link.a_port]
        b = ends[link.b_device].ports[link.b_port]
        assert a.peer is b
        assert b.peer is a
        assert a.description == f"to {b.device.hostname} {b.name}"
    reached, edge = {lab.devices[0].hostname}, [lab.devices[0]]
    while edge:
        found = [p.peer.device for p in edge.pop().lldp_ports() if p.peer]
        edge += [d for d in found if d.hostname not in reached]
        reached |= {d.hostname for d in found}
    assert reached == set(ends), "every device can be crawled to from the first"


def test_it_gives_every_device_its_own_serial_engine_and_macs() -> None:
    devices = build(500, IPv4Network("127.31.0.0/16"), 1).devices
    assert len({d.serial for d in devices}) == len({d.engine_id for d in devices}) == 500
    macs = [p.mac for d in devices for p in d.of_kind("ethernet")]
    assert len(macs) == len(set(macs))
    assert len({d.site for d in devices}) > 10


def test_it_is_the_same_network_for_the_same_seed() -> None:
    def texts(seed: int) -> list[str]:
        lab = Lab(devices=12, seed=seed)
        return [lab.running_config(d.address) for d in lab.devices]

    assert texts(7) == texts(7)
    assert texts(7) != texts(8)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_has_hardened_and_weak_devices_and_secrets_in_all(platform: str) -> None:
    lab = Lab(devices=3, platforms=(platform,))
    hardened, ordinary, weak = (lab.running_config(d.address) for d in lab.devices)
    assert "10.0.0.1" in hardened
    assert "10.0.0.1" not in ordinary + weak
    assert "public" in weak
    assert "public" not in hardened + ordinary
    for text in (hardened, ordinary, weak):
        assert any(secret in text for secret in PLANTED_SECRETS)
        assert lab.community in text


# --- faults


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_cuts_the_session_in_the_middle_of_the_configuration(lab: Lab, platform: str) -> None:
    device = of(lab, platform)
    lab.fault(device.address, "cut-in-config")
    session = login(lab, device)
    with pytest.raises((ReadException, ReadTimeout, OSError, EOFError)):
        session.send_command(READ_CONFIG[platform], read_timeout=2)


@pytest.mark.parametrize("platform", ["cisco_ios", "arista_eos", "huawei_vrp"])
def test_it_ends_a_truncated_configuration_without_its_marker(lab: Lab, platform: str) -> None:
    device = of(lab, platform)
    marker = "return" if platform == "huawei_vrp" else "end"
    with login(lab, device) as session:
        assert str(session.send_command(READ_CONFIG[platform])).rstrip().endswith(marker)
        lab.fault(device.address, "truncated-config")
        text = str(session.send_command(READ_CONFIG[platform]))
    assert text
    assert not text.rstrip().endswith(marker)


def test_it_refuses_the_right_password_on_demand_and_takes_it_again(lab: Lab) -> None:
    device = lab.devices[0]
    lab.fault(device.address, "wrong-password")
    with pytest.raises(NetmikoAuthenticationException):
        login(lab, device)
    lab.clear_faults(device.address)
    login(lab, device).disconnect()


@pytest.mark.parametrize("fault", ["no-answer", "no-answer-ssh"])
def test_it_closes_the_ssh_port_on_demand_and_opens_it_again(lab: Lab, fault: str) -> None:
    device = lab.devices[0]
    lab.fault(device.address, fault)
    with pytest.raises(NetmikoTimeoutException):
        login(lab, device)
    login(lab, lab.devices[1]).disconnect()
    lab.clear_faults()
    login(lab, device).disconnect()


def test_it_can_accept_a_connection_and_say_nothing(lab: Lab) -> None:
    device = lab.devices[0]
    lab.fault(device.address, "hang-ssh")
    with socket.create_connection((device.address, lab.ssh_port), timeout=5) as connection:
        assert select.select([connection], [], [], 0.3)[0] == []


@needs_net_snmp
@pytest.mark.parametrize(
    ("fault", "sign"),
    [("no-answer-snmp", "Timeout"), ("no-answer", "Timeout"), ("wrong-community", "Timeout"), ("rubbish", "Timeout"),
     ("endless-walk", "not increasing")],
)  # fmt: skip
def test_it_breaks_snmp_on_demand(lab: Lab, fault: str, sign: str) -> None:
    device = lab.devices[0]
    lab.fault(device.address, fault)
    assert sign in " ".join(walk(lab, device, "1.3.6.1.2.1.2.2.1.2"))
    lab.clear_faults()
    assert sign not in " ".join(walk(lab, device, "1.3.6.1.2.1.2.2.1.2"))


def test_it_answers_commands_with_rubbish_on_demand(lab: Lab) -> None:
    device = of(lab, "cisco_ios")
    with login(lab, device) as session:
        lab.fault(device.address, "rubbish")
        session.write_channel("show version\n")
        raw = session.read_until_pattern(device.hostname + "#")
    assert "Cisco IOS Software" not in raw
    assert len(raw) > 300


@pytest.mark.parametrize("text", ["frobnicate", "slow:soon", ""])
def test_it_names_the_faults_it_knows(lab: Lab, text: str) -> None:
    with pytest.raises(ValueError, match="fault is"):
        lab.fault(lab.devices[0].address, text)


# --- the command line


def ready(arguments: list[str]) -> tuple["subprocess.Popen[str]", dict[str, object]]:
    command = [sys.executable, "-m", "tests.lab", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, json.loads(process.stdout.readline())


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_says_when_it_is_ready_and_stops_cleanly(ending: signal.Signals) -> None:
    ports = ["--snmp-port", "0", "--ssh-port", "0", "--http-port", "0"]
    process, told = ready(["--devices", "24", "--network", "127.43.0.0/24", *ports])
    try:
        assert told["ready"] is True
        assert len(told["devices"]) == 24  # type: ignore[arg-type]
        first = told["devices"][0]  # type: ignore[index]
        assert {"address", "platform", "hostname", "serial", "model", "neighbours"} <= set(first)
        with socket.create_connection((first["address"], told["ports"]["ssh"]), timeout=5) as connection:  # type: ignore[index]
            assert connection.recv(4) == b"SSH-"
    finally:
        os.kill(process.pid, ending)
        assert process.wait(timeout=20) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--devices", "0"], "devices is 0: accepted is 1 to 500"),
        (["--devices", "501"], "accepted is 1 to 500"),
        (["--network", "192.0.2.0/24"], "accepted is a part of 127.0.0.0/8"),
        (["--devices", "9", "--network", "127.9.0.0/29"], "9 devices need more"),
        (["--platforms", "cisco_ios,foo"], "platforms names foo"),
        (["--fault", "127.30.0.1"], "accepted is ADDRESS=FAULT"),
        (["--fault", "127.99.0.1=slow"], "no device has the address 127.99.0.1"),
    ],
)
def test_it_refuses_options_that_cannot_work_in_one_sentence(arguments: list[str], sentence: str) -> None:
    command = [sys.executable, "-m", "tests.lab", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


# --- the real router


def test_it_runs_a_real_router_that_sees_its_neighbour_and_leaves_nothing_behind() -> None:
    if reason := available():
        with pytest.raises(RuntimeError, match=r"FRR router needs|not allowed"):
            FrrRouter().__enter__()
        assert "apt-get install" in reason or "root" in reason or "namespaces" in reason
        return
    with FrrRouter() as router:
        session = ConnectHandler(
            device_type="cisco_ios", host=router.address, username=router.username, password=router.password
        )
        config = str(session.send_command("show running-config"))
        session.send_config_set(["interface eth1", "description changed"])
        changed = str(session.send_command("show running-config"))
        session.disconnect()
        assert f"hostname {router.hostname}" in config
        assert config.rstrip().endswith("end")
        assert router.secret in config
        assert "description changed" in changed
        for how in (["-v2c", "-c", router.community], V3):
            assert snmp(router.address, router.snmp_port, SYS_NAME, how) == [router.hostname]
            assert router.neighbour in snmp(router.address, router.snmp_port, LLDP_REMOTE_NAME, how)
        slot = router.namespace
    assert slot not in subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout


def test_it_names_the_packages_the_router_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert available() == "the FRR router needs root, to make network namespaces"
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda program, path: None if program in ("vtysh", "snmpd") else program)
    assert available() == "the FRR router needs Debian packages: apt-get install frr snmpd"
