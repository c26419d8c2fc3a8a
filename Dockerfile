# syntax=docker/dockerfile:1
# Two stages: uv installs what the lock file says into one folder; the last stage has only that folder and Python.
FROM python:3.13-slim-bookworm AS build
# The same uv as in the Makefile.
RUN pip install --no-cache-dir uv==0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=0
WORKDIR /src
# Dependencies first: they change seldom, so this layer is kept from build to build.
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/uv uv sync --locked --no-dev --no-install-project --no-editable
COPY README.md LICENSE ./
COPY bot bot
COPY handlers handlers
COPY k8snet k8snet
COPY playground playground
# Built anew whatever uv's cache holds: it knows a folder by its pyproject.toml and would bring the program of an earlier build.
RUN --mount=type=cache,target=/root/.cache/uv uv sync --locked --no-dev --no-editable --reinstall-package k8snet

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="k8snet" org.opencontainers.image.licenses="Apache-2.0 AND Bitstream-Vera"
COPY --from=build /src/.venv /src/.venv
# A number, so that Kubernetes can see that it is not root; nothing is ever written, so the root may be read-only.
USER 65532:65532
ENV PATH=/src/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
ENTRYPOINT ["k8snet"]
CMD ["--help"]
