"""Runs pipelines with dlt: a JSON job per line on standard input, a JSON answer per line on standard output.

It stays alive between jobs, since importing dlt takes longer than a load. Each job opens its pipeline anew.
"""

import json
import sys

import dlt
import duckdb
import yaml
from dlt.sources.rest_api import rest_api_source


def with_times(config, name):
    """The config with `at` of a resource as a timestamp, as Python code often has it."""
    from dlt.common.pendulum import pendulum

    for resource in config["resources"]:
        if resource["name"] == name:
            incremental = resource["endpoint"]["incremental"]
            incremental["initial_value"] = pendulum.parse(incremental["initial_value"])
            resource["processing_steps"] = [{"map": lambda row: {**row, "at": pendulum.parse(row["at"])}}]
    return config


def run(job):
    pipeline = dlt.pipeline(
        job["pipelineName"],
        destination=dlt.destinations.duckdb(job["database"]),
        dataset_name=job["dataset"],
        pipelines_dir=job["pipelinesDir"],
    )
    config = job["config"] if job.get("times") is None else with_times(job["config"], job["times"])
    options = {} if job.get("refresh") is None else {"refresh": job["refresh"]}
    pipeline.run(rest_api_source(config, name=job["source"]), **options)
    return pipeline


def describe(pipeline):
    """What dlt itself says of the pipeline after the run."""
    return {
        "defaultSchema": pipeline.default_schema_name,
        "schemas": {name: [schema.version, schema.version_hash] for name, schema in pipeline.schemas.items()},
        "state": {key: value for key, value in pipeline.state.items() if key != "_local"},
    }


ACTIONS = {
    "versions": lambda job: {"dlt": dlt.__version__, "duckdb": duckdb.__version__},
    "run": lambda job: describe(run(job)),
    "export": lambda job: {"yaml": dlt.Schema.from_stored_schema(job["schema"]).to_pretty_yaml()},
    "import": lambda job: {"hash": dlt.Schema.from_dict(yaml.safe_load(job["yaml"])).version_hash},
}

for line in sys.stdin:
    job = json.loads(line)
    try:
        answer = ACTIONS[job["action"]](job)
    except Exception as error:  # The test shows it.
        answer = {"error": f"{type(error).__name__}: {error}"}
    sys.__stdout__.write(json.dumps(answer, default=str) + "\n")
    sys.__stdout__.flush()
