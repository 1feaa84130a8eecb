"""A deployment to many switches while workers, Redis and PostgreSQL are killed under it: `make chaos`.

Everything is real: worker processes, a scheduler, servers of its own, SSH to a lab in another process. What the lab
says afterwards is the truth that the job's report is held against.
"""
