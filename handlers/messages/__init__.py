"""Our messages to Slack (verdict, digest, notices, modals), made of Block Kit blocks. Pure."""
