"""The Slack surface: it holds the tokens and no cluster right, and never imports what reads clusters.

A listener acknowledges, translates and hands over to `conversation`; only `client` speaks to Slack.
"""
