# morphkit on a slim Python, as a user without rights. The main job is the default:
#
#   docker build -t morphkit .
#   docker run --rm -v "$PWD/output:/data/output" morphkit
#
# and any other command with a study in the folder at hand:
#
#   docker run --rm -v "$PWD:/data" morphkit morphkit build study.toml --output packs/a
FROM python:3.13-slim AS wheel
WORKDIR /source
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc git libc6-dev \
    && rm -rf /var/lib/apt/lists/*
COPY . .
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheel .

FROM python:3.13-slim
COPY --from=wheel /wheel /wheel
RUN python -m pip install --no-cache-dir /wheel/*.whl \
    && python -c "import morphkit.pixels._native" \
    && rm -r /wheel \
    && useradd --create-home --uid 1000 morphkit \
    && mkdir -p /data/output \
    && chown -R morphkit /data
USER 1000
WORKDIR /data
CMD ["morphkit", "demo", "--output", "output/demo"]
