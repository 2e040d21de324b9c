"""The compose file and the image fit the code: services, health checks, environment, times, and what is reachable."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.app.serve import DRAIN_S, Options
from bot.settings import ENVIRONMENT, load
from bot.web import Steady, Watch, web_app

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
BOTS = ("bot", "replica")


def test_the_services() -> None:
    """By default the bot alone; with the profile PostgreSQL and two replicas, and no SQLite bot's volume there."""
    assert {"bot", "replica", "postgres"} == set(SERVICES)
    assert [None, ["postgres"], ["postgres"]] == [SERVICES[name].get("profiles") for name in (*BOTS, "postgres")]
    assert 2 == SERVICES["replica"]["deploy"]["replicas"]
    assert ["data:/data"] == SERVICES["bot"]["volumes"]
    assert "volumes" not in SERVICES["replica"]
    assert {"data", "postgres"} == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", BOTS)
def test_a_bot_may_little(name: str) -> None:
    """Its file system is read-only but for its data and /tmp, it has no rights of its own and is not root."""
    service = SERVICES[name]
    assert service["read_only"]
    assert ["ALL"] == service["cap_drop"]
    assert ["no-new-privileges:true"] == service["security_opt"]
    assert ["/tmp"] == service["tmpfs"]  # noqa: S108 - the container's own
    assert {"/data"} >= {one.partition(":")[2] for one in service.get("volumes", ())}  # else the image's own volume
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert ["bot"] == users


@pytest.mark.parametrize("name", BOTS)
def test_its_listener_is_reached_from_this_machine_alone(name: str) -> None:
    """Open inside the container, on the port that the code takes, published on loopback."""
    assert f"EXPOSE {Options().port}" in DOCKERFILE
    assert 'CMD ["serve", "--host", "0.0.0.0"]' in DOCKERFILE
    [published] = SERVICES[name]["ports"]
    assert re.fullmatch(rf"127\.0\.0\.1:(8080)?:{Options().port}", published)


@pytest.mark.parametrize("name", BOTS)
def test_its_health_check_asks_a_page_that_is_there(name: str) -> None:
    """The image and the compose file ask the same page, which the bot has, on the port that it takes."""
    test = SERVICES[name]["healthcheck"]["test"]
    [address] = re.findall(r"http://[^']+", test[-1])
    assert address in DOCKERFILE
    path = address.removeprefix(f"http://127.0.0.1:{Options().port}")
    assert path in {getattr(route, "path", "") for route in web_app(Watch(Steady())).routes}
    assert test[-1] in re.sub(r'"\]\n', '"\n', DOCKERFILE)


@pytest.mark.parametrize("name", BOTS)
def test_a_stop_waits_for_what_is_in_flight(name: str) -> None:
    """The engine's patience is longer than the bot's own."""
    grace = SERVICES[name]["stop_grace_period"]
    assert int(grace.removesuffix("s")) >= DRAIN_S + 5


def test_the_environment_is_one_that_the_bot_reads(tmp_path: Path) -> None:
    """Each variable of the compose file, of the image and of .env.example is a setting, and its value one it takes."""
    replica = SERVICES["replica"]["environment"]
    image = dict(re.findall(r"\b(ANTH_TRIAGE_\w+)=(\S+)", DOCKERFILE))
    example = re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert set() == {*replica, *image, *example} - set(ENVIRONMENT) - {"POSTGRES_PASSWORD"}
    url = replica["DATABASE_URL"].replace("${POSTGRES_PASSWORD:-}", "secret")
    settings = load({"DATABASE_URL": url, **image, "ANTH_TRIAGE_DATA_DIR": str(tmp_path)})
    postgres = SERVICES["postgres"]["environment"]
    wanted = f"postgresql+asyncpg://{postgres['POSTGRES_USER']}:secret@postgres/{postgres['POSTGRES_DB']}"
    assert wanted == settings.database_url
    assert "/data" == image["ANTH_TRIAGE_DATA_DIR"]
    assert "VOLUME /data" in DOCKERFILE
    assert SERVICES["replica"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert "healthcheck" in SERVICES["postgres"]


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "ANTHROPIC_API_KEY", "DATABASE_URL"])
def test_a_secret_may_come_from_a_file(name: str, tmp_path: Path) -> None:
    """So it stands neither in the environment nor in the compose file."""
    values = {"SLACK_BOT_TOKEN": "xoxb-1", "ANTHROPIC_API_KEY": "k", "DATABASE_URL": "postgresql://a:b@h/d"}
    (tmp_path / "secret").write_text(f"{values[name]}\n")
    assert load({name: values[name]}) == load({f"{name}_FILE": str(tmp_path / "secret")})
