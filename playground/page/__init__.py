"""The page: the fake Slack as a person sees it in a browser, one channel, thread, modal or Home at a time."""
