"""Loaded into the workers (`celery worker -I`): messages of a dead worker come back soon, and each is told of."""

from typing import Any

from celery.signals import task_prerun

from netmanager.celery import app

SECONDS = 6  # instead of the 30 that are the least an operator may choose
app.conf.broker_transport_options = {
    **app.conf.broker_transport_options,
    "visibility_timeout": SECONDS,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "unacked_mutex_expire": 2,  # of who gives messages back: a worker killed then would keep all others from it
}


@task_prerun.connect
def tell(task: Any, **_kwargs: Any) -> None:
    """One line that the harness counts."""
    if task.name == "jobs.deploy_vlan" and (task.request.delivery_info or {}).get("redelivered"):
        print("a message came again", flush=True)
