"""Find devices by following LLDP and CDP from seed devices."""

from inventory.discovery.crawl import Bounds, crawl
from jobs.claim import Claim
from jobs.device_of import device_of
from jobs.operations import BadParameters, Operation, Parameters, Plan
from jobs.operations.discover import credentials, finish, numbers, options, outcome_of, whole
from jobs.outcome import Outcome

LIMITS = {"max_depth": (1, 32, 3), "max_devices": (1, 10_000, 500)}


def prepare(parameters: Parameters) -> Plan:
    """Check bounds, ports and credentials; raises BadParameters with a sentence per field."""
    clean = numbers(parameters)
    clean["credentials"] = credentials(parameters)
    errors = {}
    for name, (low, high, default) in LIMITS.items():
        value = parameters.get(name, default)
        if not whole(value, low, high):
            errors[name] = f"{name}={str(value)[:60]!r} is not a whole number from {low} to {high}."
        else:
            clean[name] = int(value)
    if errors:
        raise BadParameters(errors)
    return Plan({**clean, "sites": parameters.get("sites")})


def run(claim: Claim) -> Outcome:
    """Walk outwards from one seed device."""
    parameters = claim.target.job.parameters
    bounds = Bounds(depth=parameters["max_depth"], devices=parameters["max_devices"])
    return outcome_of(crawl(device_of(claim.target), options(parameters), bounds, claim.stopped))


OPERATION = Operation(
    kind="crawl",
    title="neighbour crawl",
    queue="discovery",
    permission="inventory.run_discovery",
    on_devices=True,
    finds=True,
    run=run,
    prepare=prepare,
    finish=finish,
)
