"""What people say and paste, made into one command of the grammar: sentences, errors of runtimes, labels of alerts. Pure.

Every name of a text is used or the text is refused with that name; other words that were not used are told with the answer.
"""
