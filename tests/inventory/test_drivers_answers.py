"""What devices answer when they are locked, do not save, or refuse a line: their own sentences, and rubbish."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.drivers.writing import shown
from inventory.parsing.rejection import api_refusal, configuration_error, locked_by, save_error
from inventory.platforms import get_platform


@pytest.mark.parametrize(
    "answer",
    [
        "Configuration mode locked exclusively by user 'bob' process '7' from terminal '1'. Please try later.\n",
        "Error: Current configuration database is locked by user bob (VTY 1).\n",
        "the configuration database is locked by session 12 admin console (cli from 127.0.0.1)\n",
        "% Unable to enter configuration mode: the configuration is locked by user bob on vty3\n",
        "VTY configuration is locked by other VTY\n",
        "Config lock held by bob\n",
    ],
)
def test_it_knows_a_locked_configuration(answer: str) -> None:
    assert locked_by(answer) == answer.strip()


@pytest.mark.parametrize(
    "answer",
    [
        "Enter configuration commands, one per line.  End with CNTL/Z.\n",
        "Enter system view, return user view with Ctrl+Z.\n",
        "System View: return to User View with Ctrl+Z.\n",
        "",
        "% Invalid input detected at '^' marker.\n",
        "interface blocked by configuration\n",
    ],
)
def test_it_takes_nothing_else_for_a_lock(answer: str) -> None:
    assert locked_by(answer) == ""


@pytest.mark.parametrize(
    "answer",
    [
        "Building configuration...\n[OK]\n",
        "Building configuration...\nCompressed configuration from 16223 bytes to 6129 bytes[OK]\n",
        "%SYS-5-CONFIG_I: Configured from console by bob; the last login failed\nBuilding configuration...\n[OK]\n",
        "[###] 50%\n" * 300 + "[########################################] 100%\nCopy complete, now saving to disk\n",
        "Copy completed successfully.\n",
        "Now saving the current configuration to the slot 0..\nSave the configuration successfully.\n",
        "Validating file. Please wait...\nSaved the current configuration to mainboard device successfully.\n",
        "Configuration is saved to device successfully.\n",
        "Building Configuration...\nIntegrated configuration saved to /etc/frr/frr.conf\n[OK]\n",
    ],
)
def test_it_believes_a_device_that_says_it_saved(answer: str) -> None:
    assert save_error(answer) == ""


@pytest.mark.parametrize(
    "answer",
    [
        "startup-config file open failed (Device or resource busy)\n",
        "startup-config file open failed (Not enough space)\n",
        "%Error opening nvram:/startup-config (Device or resource busy)\n",
        "[########################################] 100%\nConfiguration update aborted: request was aborted\n",
        "% Error copying system:/running-config to flash:startup-config (No space left on device)\n",
        "Error: Failed to save the configuration.\n",
        "% Invalid input detected at '^' marker.\n",
        "Validating file. Please wait...\nFailed to save the configuration: not enough free space.\n",
        "",
        "Building configuration...\n",
    ],
)
def test_it_does_not_believe_any_other(answer: str) -> None:
    assert save_error(answer)
    assert "\n" not in save_error(answer)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Error [1002]: CLI command 3 of 5 'vlan 5000' failed: invalid command [errors: ['Invalid input']]",
         ("vlan 5000", "invalid command")),
        ("Error [1002]: CLI command 4 of 4 'write memory' failed: could not run command [Error copying (No space)] "
         "[errors: ['could not run command [Error copying (No space)]']]",
         ("write memory", "could not run command [Error copying (No space)]")),
        ("Error [1002]: CLI command 1 of 1 'x' failed: invalid command [None]", ("x", "invalid command")),
        ("Error [1005]: Command unauthorized", ("", "")),
        ("", ("", "")),
    ],
)  # fmt: skip
def test_it_reads_which_command_an_api_refused(message: str, told: tuple[str, str]) -> None:
    assert api_refusal(message) == told


@given(st.text(max_size=300))
def test_it_stays_calm_whatever_is_answered(answer: str) -> None:
    for text in (answer, f"CLI command 1 of 2 '{answer}' failed: {answer}", answer * 50):
        assert "\n" not in locked_by(text).replace("\r", "")
        api_refusal(text)
        save_error(text)
        configuration_error(text)


def test_it_is_not_kept_busy_by_long_answers() -> None:
    for piece in (" ", "config ", "' failed: ", " [a: ", "config lock", "% "):
        long = piece * (400_000 // len(piece))
        assert isinstance(locked_by(long), str)
        assert isinstance(save_error(long), str)
        assert isinstance(api_refusal("CLI command 1 of 2 '" + long)[0], str)


@pytest.mark.parametrize(
    ("platform", "above", "line"),
    [
        ("cisco_ios", [], "enable secret 0 hunter2-planted"),
        ("cisco_ios", ["tacacs server ISE"], "key 7 hunter2-planted"),
        ("cisco_nxos", [], "snmp-server community hunter2-planted group network-admin"),
        ("huawei_vrp", ["aaa"], "local-user bob password simple hunter2-planted"),
        ("hp_comware", [], "snmp-agent community read hunter2-planted"),
        ("arista_eos", [], "username bob secret 0 hunter2-planted"),
    ],
)
def test_it_shows_a_line_without_its_secret(platform: str, above: list[str], line: str) -> None:
    assert "hunter2" not in shown(line, above, get_platform(platform))
    assert shown("vlan 10", above, get_platform(platform)) == "vlan 10"
