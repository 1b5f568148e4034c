"""The nightly billing job as an Airflow DAG: exit codes decide between done, look at it, try again and stop."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta

from airflow.decorators import dag, task
from airflow.exceptions import AirflowException, AirflowFailException

JOB = "/etc/hourbill/nightly.toml"

DONE, ATTENTION = 0, 1
# Another command was at it, or reading or writing failed: both may pass by themselves.
TRY_AGAIN = {5, 6}


@dag(
    dag_id="hourbill_nightly",
    schedule="30 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    tags=["finance"],
)
def hourbill_nightly():
    @task
    def run() -> int:
        ended = subprocess.run(["hourbill", "run", JOB, "--quiet"], capture_output=True, text=True, check=False)
        print(ended.stderr)
        if ended.returncode in (DONE, ATTENTION):
            return ended.returncode
        if ended.returncode in TRY_AGAIN:
            raise AirflowException(f"hourbill ended with exit code {ended.returncode}")
        # The inputs, the job file or a control: nothing was published, and a retry would not help.
        raise AirflowFailException(f"hourbill ended with exit code {ended.returncode}")

    @task.short_circuit
    def needs_attention(code: int) -> bool:
        return code == ATTENTION

    @task
    def tell() -> None:
        print("rows were quarantined or drafts held: see the tables quarantine and findings of the newest run")

    code = run()
    needs_attention(code) >> tell()


hourbill_nightly()
