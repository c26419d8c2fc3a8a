#!/usr/bin/env bash
# croniter 7.0.0 (saq schedules with it) beside cronsim 2.8; tzdata 2026.6.
# Expected: "30 2 * * *" is once a day on every day, also when clocks go back: cron(8) of Debian says that jobs in the
#   repeated time are not run again.
# Seen: croniter gives 02:30 twice on 25 October 2026 in Berlin (summer time, then winter time), cronsim once.
# Output: {'croniter': 2, 'cronsim': 1}
# Why it matters: a daily digest between 2 and 3 o'clock is posted twice on one Sunday a year, and a deduplication by day or by epoch decides which one is lost.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q croniter==7.0.0 cronsim==2.8 tzdata==2026.6
venv/bin/python - <<'PY'
import sys
from datetime import date, datetime
from zoneinfo import ZoneInfo
from croniter import croniter
from cronsim import CronSim

ZONE, CRON = ZoneInfo("Europe/Berlin"), "30 2 * * *"
start = datetime(2026, 10, 24, 12, tzinfo=ZONE)

iterator, simulated = croniter(CRON, start), CronSim(CRON, start)
times = {
    "croniter": [iterator.get_next(datetime) for _ in range(3)],
    "cronsim": [next(simulated) for _ in range(3)],
}
seen = {name: sum(time.date() == date(2026, 10, 25) for time in fired) for name, fired in times.items()}
print(seen)
if seen != {"croniter": 2, "cronsim": 1}:
    sys.exit("The two libraries now count the repeated hour of autumn in another way.")
PY
