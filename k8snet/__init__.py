"""The thin entry above `bot`, `handlers` and `playground`: it alone knows all of them, and holds nothing of its own."""
