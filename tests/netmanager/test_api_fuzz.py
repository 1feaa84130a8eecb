"""Every operation of the schema with whatever its parameters allow, and what they forbid: nothing breaks for anybody.

`make fuzz` sends a hundred times as much, each time something else.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework_simplejwt.tokens import AccessToken
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.every_address import one_of_each, row_of
from tests.factories import make_admin, make_operator, make_viewer

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
LONG = "FUZZ_EXAMPLES" in os.environ
PEOPLE = {"viewer": make_viewer, "operator": make_operator, "admin": make_admin}


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """The end of a request leaves the test's transaction alone, as Django's own test client sees to."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def cases(operation: schemathesis.APIOperation) -> st.SearchStrategy[schemathesis.Case]:
    """What the schema allows and what it does not, of real rows and of ones that do not exist."""
    rows = {parameter.name: row_of(operation.path, parameter.name) for parameter in operation.path_parameters}
    kinds = [operation.as_strategy(GenerationMode.POSITIVE, path_parameters=rows), operation.as_strategy()]
    if operation.body or operation.query:
        kinds.append(operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=rows))
    return st.one_of(kinds)


def worth_a_try(person: str, operation: schemathesis.APIOperation) -> bool:
    """In a short run: what a viewer may not do is refused before anything is looked at, and all read the same."""
    return (operation.method == "get") == (person == "viewer")


def broken(operation: schemathesis.APIOperation, send: Callable[[schemathesis.Case], object]) -> str:
    """Send some cases of one operation; what was wrong with the first bad answer, or nothing."""

    @given(case=cases(operation))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=not LONG,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send_each(case: schemathesis.Case) -> None:
        with transaction.atomic():
            send(case)
            transaction.set_rollback(True)

    try:
        send_each()
    except (Failure, FailureGroup) as failure:
        return f"{operation.label}: {failure} {[str(one) for one in getattr(failure, 'exceptions', ())]}"
    return ""


@pytest.mark.parametrize("person", PEOPLE)
def test_it_survives_whatever_is_sent(db: None, kept_connection: None, person: str) -> None:
    one_of_each()
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema", get_wsgi_application())
    headers = {"Authorization": f"Bearer {AccessToken.for_user(PEOPLE[person]())}"}
    statuses: Counter[int] = Counter()

    def send(case: schemathesis.Case) -> None:
        statuses[case.call_and_validate(headers=headers, checks=CHECKS).status_code] += 1

    operations = [
        one for one in (found.ok() for found in schema.get_all_operations()) if LONG or worth_a_try(person, one)
    ]
    assert [found for operation in operations if (found := broken(operation, send))] == []
    print(f"{person}: {statuses.total()} requests to {len(operations)} operations: {dict(sorted(statuses.items()))}")
    assert statuses.total() > 2 * len(operations)
    assert statuses.keys() & ({200} if person == "viewer" else {201, 202, 204})  # not only refusals
