"""A Slack of our own on loopback: the tests talk to it, the demo shows it. bot/ and handlers/ never import it."""

from playground.fake_slack.clock import Clock, HandClock
from playground.fake_slack.delivery import Delivery
from playground.fake_slack.fake import FakeSlack
from playground.fake_slack.keyboard import DESKTOP, PHONE, PLAIN, ClientEffects
from playground.fake_slack.locate import NotPossibleError
from playground.fake_slack.state import Message, View, Workspace
from playground.fake_slack.user_client import Person

__all__ = [
    "DESKTOP",
    "PHONE",
    "PLAIN",
    "ClientEffects",
    "Clock",
    "Delivery",
    "FakeSlack",
    "HandClock",
    "Message",
    "NotPossibleError",
    "Person",
    "View",
    "Workspace",
]
