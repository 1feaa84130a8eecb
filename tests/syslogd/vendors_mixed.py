"""One message of each kind of sender, numbered: what a mixed network says, 150 to 200 octets in the mean."""

import time
from dataclasses import dataclass

MARK = b"seq=0000000000"  # ten digits that the sender writes over
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SEQ = MARK.decode()
# {n} is the number of the source, {port} that of an interface; the rest are spellings of the time.
FORMS = {
    "cisco_ios": (
        "<189>{n}: sw{n}: {bsd}.{ms}: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet1/0/{port}, "
        "changed state to up " + SEQ,
        "<187>{n}: *{bsd}.{ms} UTC: %LINK-3-UPDOWN: Interface TenGigabitEthernet1/1/{port}, changed state to down "
        + SEQ,
        "<189>{n}: {bsd}.{ms} UTC: %SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: admin] [Source: 10.20.30.{port}] "
        "[localport: 22] " + SEQ,
    ),
    "cisco_nxos": (
        "<187>: {year} {bsd_short} UTC: %ETHPORT-3-IF_DOWN_LINK_FAILURE: Interface Ethernet1/{port} is down "
        "(Link failure) " + SEQ,
    ),
    "cisco_asa": (
        "<166>{mon} {day} {year} {clock} asa{n} : %ASA-6-302013: Built outbound TCP connection 9{port} for "
        "outside:198.51.100.{port}/443 (198.51.100.{port}/443) to inside:10.20.30.{port}/51234 (203.0.113.5/51234) "
        + SEQ,
        "<164>{mon} {day} {year} {clock} asa{n} : %ASA-4-106023: Deny tcp src outside:198.51.100.{port}/40001 dst "
        'inside:10.20.30.40/23 by access-group "outside_in" [0x0, 0x0] ' + SEQ,
    ),
    "juniper_junos": (
        '<28>1 {iso} mx{n} mib2d 5124 SNMP_TRAP_LINK_DOWN [junos@2636.1.1.1.2.29 snmp-interface-index="5{port}" '
        'admin-status="up(1)" operational-status="down(2)" interface-name="ge-0/0/{port}"] '
        "ifIndex 5{port}, ifAdminStatus up(1), ifOperStatus down(2), ifName ge-0/0/{port} " + SEQ,
        "<37>{bsd} mx{n} sshd[41{port}]: Accepted publickey for netops from 10.20.30.{port} port 52222 ssh2 " + SEQ,
    ),
    "arista_eos": (
        "<189>{bsd} leaf{n} Ebra: %LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet{port}, changed state to up "
        + SEQ,
        "<188>{bsd} leaf{n} Bgp: %BGP-4-ADJCHANGE: peer 10.255.0.{port} (VRF default AS 650{port}) old state "
        "Established event Stop new state Idle " + SEQ,
    ),
    "huawei_vrp": (
        "<188>{mon} {day} {year} {clock} ce{n} %%01IFNET/4/IF_STATE(l)[{port}]:Interface GigabitEthernet0/0/{port} "
        "has turned into DOWN state. " + SEQ,
    ),
    "hp_comware": (
        "<189>{mon} {day} {clock}:{ms} {year} h3c{n} %%10IFNET/5/LINK_UPDOWN: Line protocol on the interface "
        "Ten-GigabitEthernet1/0/{port} is up. " + SEQ,
    ),
    "fortinet": (
        '<189>date={date} time={clock} devname="fg{n}" devid="FG100E{port}" logid="0000000013" type="traffic" '
        'subtype="forward" level="notice" vd="root" srcip=10.20.30.{port} srcport=51234 dstip=198.51.100.9 '
        'dstport=443 proto=6 action="close" policyid=12 msg="' + SEQ + '"',
    ),
    "paloalto_panos": (
        "<14>{bsd} pa{n} 1,{slash} {clock},001801000{port},TRAFFIC,end,2305,{slash} {clock},10.20.30.{port},"
        "198.51.100.9,,,allow-web,,,web-browsing,vsys1,trust,untrust,ethernet1/1,ethernet1/2,default," + SEQ,
    ),
    "mikrotik_routeros": ("<134>{bsd} rb{n} interface,info ether{port} link up (speed 1G, full duplex) " + SEQ,),
    "linux": (
        "<86>{bsd} jump{n} sshd[20{port}]: Failed password for invalid user test from 192.0.2.{port} port 40022 ssh2 "
        + SEQ,
        '<165>1 {iso} jump{n} haproxy 7{port} - [timeQuality tzKnown="1" isSynced="1"] backend web/app{port} is UP, '
        "reason: Layer7 check passed, code: 200, check duration: 3ms. " + SEQ,
    ),
}
ALL = [form for forms in FORMS.values() for form in forms]


@dataclass(frozen=True, slots=True)
class Moment:
    """A second, as the kinds spell it."""

    words: dict[str, str]

    @classmethod
    def of(cls, at: float) -> "Moment":
        """`at`: seconds since the epoch; spelt in UTC."""
        when = time.gmtime(at)
        clock, month, ms = time.strftime("%H:%M:%S", when), MONTHS[when.tm_mon - 1], f"{int(at % 1 * 1000):03}"
        bsd = f"{month} {when.tm_mday:2} {clock}"
        date = time.strftime("%Y-%m-%d", when)
        return cls({
            "clock": clock, "ms": ms, "year": str(when.tm_year), "mon": month, "day": f"{when.tm_mday:02}",
            "bsd": bsd, "bsd_short": bsd, "date": date, "slash": date.replace("-", "/"), "iso": f"{date}T{clock}.{ms}Z",
        })  # fmt: skip


def message(number: int, moment: Moment) -> bytes:
    """What the source of this number says, with MARK once in it."""
    return ALL[number % len(ALL)].format(n=number, port=number % 48 + 1, **moment.words).encode()
