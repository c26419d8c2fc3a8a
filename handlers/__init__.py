"""The Slack surface. Law of this room: it holds the tokens and no cluster right, and never imports what reads clusters.

A listener acknowledges, translates and hands over to the desk; only `delivery` speaks to Slack.
"""
