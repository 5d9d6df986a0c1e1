"""Schedules: many stored, many due at once, and how late they come."""

import http.client
import json
import re
import threading
import time
from datetime import datetime

import cpu

FIRED = re.compile(r'posthaste_schedule_occurrences_total\{outcome="fired"\} ([0-9.E+]+)')
AHEAD = 4  # seconds from loading schedules to the first of them

# As PUT stores them. Loaded by SQL, since a million requests would take longer than what they are made for
LOAD = """
CREATE TEMP TABLE made (id int, due timestamptz);
WITH s AS (
  INSERT INTO schedule (name, anchor, created_at, changed_at, kind, expression, zone, jitter_us, exclude, gap, repeat,
    missed, overlap, queue, priority, payload)
  SELECT '{prefix}-' || i, now(), now(), now(), 'at', to_jsonb({due}) #>> '{{}}', 'Z', 0, '{{}}', 'after', 'first',
    'last', 'allow', '{queue}', 0, convert_to('{{"n":"{{{{count}}}}","pad":"' || repeat('x', 200) || '"}}', 'UTF8')
  FROM generate_series(1, {count}) i RETURNING id, CAST(expression AS timestamptz) AS due)
INSERT INTO made SELECT * FROM s;
INSERT INTO plan (schedule, version, size, settled, fired, next_planned, next_due, look_at, entries, failures)
SELECT id, 1, 220, now(), 0, due, due, due, 0, 0 FROM made;
DROP TABLE made;
"""


def load(sql, prefix, count, due, queue):
    """So many schedules, of which the i-th is due at the SQL expression given."""
    sql.script(LOAD.format(prefix=prefix, count=count, due=due, queue=queue))


def far_off(sql, count, queue):
    load(sql, "far", count, "now() + interval '300 days' + i * interval '1 second'", queue)
    sql.script("ANALYZE schedule;\nANALYZE plan;\n")


def idle(server, seconds):
    """CPU of the service and its database while nothing is due, in % of one core."""
    before = cpu.seconds(server.pids())
    time.sleep(seconds)
    return {"cpu": (cpu.seconds(server.pids()) - before) / seconds * 100}


def _fired(connection):
    connection.request("GET", "/q/metrics")
    found = FIRED.search(connection.getresponse().read().decode())
    return float(found.group(1)) if found else 0


def burst(server, sql, prefix, queue, count):
    """Seconds from the moment at which all are due until all are sent."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    before, due = _fired(connection), time.time() + AHEAD
    load(sql, prefix, count, f"to_timestamp({due})", queue)
    while time.time() < due + 60:
        if _fired(connection) - before >= count:
            took = time.time() - due
            return {"seconds": took, "rate": count / took}
        time.sleep(0.005)
    return {"failed": f"{_fired(connection) - before:.0f} of {count} were sent within a minute"}


def steady(server, sql, prefix, queue, rate, seconds):
    """Milliseconds from planned to received by a long poll, while so many are due a second."""
    due, count, lags = time.time() + AHEAD, rate * seconds, []
    load(sql, prefix, count, f"to_timestamp({due}) + i * interval '1 second' / {rate}", queue)
    receiver = threading.Thread(target=_receive, args=(server.port, queue, lags, due + seconds + 5, count))
    receiver.start()
    receiver.join()
    lags.sort()
    if len(lags) != count:
        return {"failed": f"{len(lags)} of {count} occurrences were received"}
    return {"p50": lags[count // 2], "p99": lags[count * 99 // 100], "max": lags[-1], "rate": rate}


def _receive(port, queue, lags, until, count):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def post(path, body):
        connection.request("POST", f"/v1/queues/{queue}/{path}", json.dumps(body), {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())

    while len(lags) < count and time.time() < until:
        deliveries = post("receive", {"max": 1000, "wait": "PT1S"})["deliveries"]
        now = time.time()
        for delivery in deliveries:
            planned = delivery["message"]["headers"]["posthaste-planned"].replace("Z", "+00:00")
            lags.append((now - datetime.fromisoformat(planned).timestamp()) * 1000)
        if deliveries:
            post("ack", {"receipts": [delivery["receipt"] for delivery in deliveries]})
