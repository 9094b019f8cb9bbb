"""Loads one cell with dlt: `python run_dlt.py <job file>`. See ../job.ts. `--versions` prints what would be measured."""

import json
import os
import resource
import sys
import time


def versions():
    from importlib.metadata import version

    names = {"dlt": "dlt", "dltDuckdb": "duckdb", "pyarrow": "pyarrow"}
    found = {key: version(name) for key, name in names.items()}
    print(json.dumps({**found, "python": ".".join(str(part) for part in sys.version_info[:3])}))


def load(job):
    import dlt
    from dlt.sources.rest_api import rest_api_source

    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.duckdb(job["database"]),
        dataset_name=job["dataset"],
        pipelines_dir=os.path.join(job["folder"], "pipelines"),
    )
    options = {} if job["loaderFileFormat"] is None else {"loader_file_format": job["loaderFileFormat"]}
    seconds = []
    for _ in range(job["runs"]):
        started = time.perf_counter()
        pipeline.run(rest_api_source(job["source"]), **options)
        seconds.append(time.perf_counter() - started)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "seconds": seconds,
        "cpuSeconds": usage.ru_utime + usage.ru_stime,
        "peakMB": peak_kb(usage) / 1024,
    }
    with open(job["figures"], "w", encoding="utf-8") as file:
        json.dump(figures, file)


def peak_kb(usage):
    """Linux's ru_maxrss begins with the size of the process that started this one; its high-water mark does not."""
    try:
        with open("/proc/self/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))
    except OSError:
        return usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)


def count(database, dataset):
    """Rows of each table of a dataset, read with the DuckDB that wrote them: its files may be too new for another one."""
    import duckdb

    with duckdb.connect(database, read_only=True) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = ?"
            " and table_name not like '\\_dlt\\_%' escape '\\' order by 1",
            [dataset],
        ).fetchall()
        counts = {
            name: connection.execute(f'select count(*) from "{dataset}"."{name}"').fetchone()[0] for (name,) in tables
        }
    print(json.dumps(counts))


if __name__ == "__main__":
    if sys.argv[1] == "--versions":
        versions()
    elif sys.argv[1] == "--count":
        count(sys.argv[2], sys.argv[3])
    else:
        with open(sys.argv[1], encoding="utf-8") as file:
            load(json.load(file))
