"""Holds for all tests: how long properties are tried."""

from tests.examples import register

register()
