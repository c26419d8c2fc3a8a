"""The rows of the table of resolvers, by who has them."""
