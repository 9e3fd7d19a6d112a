# The service as one image; what a container does is said by its command: run --roles ...
FROM python:3.13-slim
RUN apt-get update && apt-get install --no-install-recommends --yes make && rm -rf /var/lib/apt/lists/*
RUN useradd --system --create-home --home-dir /srv/chihoi chihoi
WORKDIR /srv/chihoi
COPY --chown=chihoi . .
USER chihoi
RUN make ready && rm -rf node_modules ~/.cache ~/.npm
ENV CHIHOI_HOST=0.0.0.0
ENTRYPOINT [".venv/bin/python", "main.py"]
CMD ["run"]
