"""A Slack of our own on loopback: the tests talk to it, the demo shows it. bot/ and handlers/ never import it."""

from playground.slack.clock import Clock, HandClock
from playground.slack.delivery import Delivery
from playground.slack.fake import FakeSlack
from playground.slack.find import NotPossible
from playground.slack.hands import Person
from playground.slack.keyboard import DESKTOP, PHONE, PLAIN, ClientEffects
from playground.slack.state import Message, View, Workspace

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
    "NotPossible",
    "Person",
    "View",
    "Workspace",
]
