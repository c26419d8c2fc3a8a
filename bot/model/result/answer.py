"""All that a question can be answered with. JSON names the type by its `schema`, so an answer travels as itself."""

from bot.model.result.diagnosis import Diagnosis
from bot.model.result.digest import Digest, Table
from bot.model.result.error import AnswerError
from bot.model.result.path import PathAnswer
from bot.model.result.resolution import Resolution
from bot.model.result.triage import Triage

Answered = Diagnosis | Table | Digest | Triage | PathAnswer | Resolution
Result = Answered | AnswerError
