"""Each accepted question is answered once, while everything around it breaks: `make chaos`, and a small one in `make test`."""
