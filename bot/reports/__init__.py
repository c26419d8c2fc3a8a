"""Says it plainly: diagnoses, digests and pages in text, JSON and Markdown. Rule: pure, and never trusting.

Whatever came from a cluster passes `bot.model.text` on its way out, so no name and no log line can speak to a terminal.
"""
