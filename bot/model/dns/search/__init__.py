"""The search list as each resolver walks it: one table of resolvers as measured, and one simulation that reads it. Pure."""
