"""Ways a device can fail us, whichever protocol was used. Pure."""


class DeviceError(Exception):
    """A device did not do what was asked. The message is one sentence an operator can act on.

    It names the device and never contains a secret. `retryable` says whether the same call may succeed later.
    """

    retryable = False


class Unreachable(DeviceError):
    """No answer, connection refused, or the connection timed out."""

    retryable = True


class AuthenticationFailed(DeviceError):
    """The device refused the user name, password, key or enable password."""


class SessionLost(DeviceError):
    """The device closed the session or stopped answering in the middle of a command."""

    retryable = True


class CommandRejected(DeviceError):
    """The device answered a command with an error."""


class IncompleteConfig(DeviceError):
    """The running configuration ended without its end marker, is empty or carries error text."""

    retryable = True


class Unsupported(DeviceError):
    """The platform has no way to do this."""


class Locked(DeviceError):
    """Somebody else holds the device's configuration lock."""

    retryable = True


class HostKeyChanged(DeviceError):
    """Another SSH host key answers than the one the device is known by."""


class Stopped(DeviceError):
    """We were told to stop waiting for the device; nothing is wrong with it."""
