# The bot in a small image: built in one stage, run without root in another. Its file system may be read-only but for /data and /tmp.
FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements/uv.txt requirements/runtime.txt requirements/
RUN python -m venv /tools && /tools/bin/pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
 && /tools/bin/uv venv --python "$(command -v python)" /app \
 && /tools/bin/uv pip install --python /app/bin/python --no-cache --compile-bytecode --require-hashes -r requirements/runtime.txt
COPY . .
RUN /tools/bin/uv pip install --python /app/bin/python --no-cache --compile-bytecode --no-deps .

FROM python:3.12-slim
# WeasyPrint lays out the PDF with Pango; the fonts are for it alone.
RUN apt-get update && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
      fonts-dejavu-core fonts-noto-color-emoji && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data bot && install -d -o bot -m 700 /data
COPY --from=build /app /app
USER bot
WORKDIR /data
ENV PATH=/app/bin:$PATH ANTH_TRIAGE_DATA_DIR=/data PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health/live', timeout=2)"]
ENTRYPOINT ["anth-triage"]
# Open inside the container; who may reach it from outside says what is published.
CMD ["serve", "--host", "0.0.0.0"]
