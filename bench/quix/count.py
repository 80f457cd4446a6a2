"""The count of completed jobs, the peer of bench/sluice/pipelines/count.ts."""

import json
import struct
import sys
import threading

from quixstreams import Application

launch = json.loads(sys.argv[1])

app = Application(
    broker_address=",".join(launch["brokers"]),
    consumer_group=launch["application"],
    auto_offset_reset="earliest",
    processing_guarantee="exactly-once",
    commit_interval=launch["commitIntervalMs"] / 1000,
    state_dir=launch["directory"],
    loglevel="WARNING",
)
jobs = app.topic(launch["input"], key_deserializer="str", value_deserializer="json")
counts = app.topic(launch["output"], key_serializer="str", value_serializer="bytes")


def count(job, state):
    completed = state.get("completed", 0) + 1
    state.set("completed", completed)
    return struct.pack(">q", completed)


app.dataframe(jobs).filter(lambda job: job["status"] == "completed").apply(count, stateful=True).to_topic(counts)


def stop_when_told():
    sys.stdin.read()
    app.stop()


threading.Thread(target=stop_when_told, daemon=True).start()
app.run()
