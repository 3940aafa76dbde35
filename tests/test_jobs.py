"""What a job may run, whoever put it into the queue."""

import pytest
from redis import Redis
from rq.serializers import JSONSerializer

from portal.jobs import OurJob


@pytest.mark.parametrize("job", ["os.system", "portal.jobs.bind", "portal.push.drain.run", "pickle.loads"])
def test_a_hostile_job_runs_nothing(job: str) -> None:
    """R5."""
    hostile = OurJob.create(job, args=("true",), connection=Redis(), serializer=JSONSerializer)
    with pytest.raises(PermissionError):
        hostile.perform()
