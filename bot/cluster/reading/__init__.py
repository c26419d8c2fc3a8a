"""What is read, as data (`rows.py`), and the one scheduler that reads it (`schedule.py`)."""
