"""Remembers: questions, answers and schedules in Redis. Rule: only here are `redis` and `saq`.

The Slack process and the workers meet here and nowhere else, in JSON by msgspec. Two things carry it:

- the queue (saq) brings a question to a worker of its cluster, quickly; it may lose a job or run one twice;
- the ledger lists every accepted question until its answer is delivered, and is looked through all the time: what is
  overdue is put back, what was tried twice is answered with an apology. The first answer to a run counts.
"""
