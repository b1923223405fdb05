"""The options of `dam_web`."""

from pathlib import Path

from pydantic import Field

from dam.models.config import ConfigComponent, SettingsModel

WEB = Path(__file__).parent / "web"
"""The folder of the files that a browser loads."""


class WebSettings(SettingsModel):
    """Where the browser interface is served, and how.

    `host` and `port` are the address to listen on (port 0: one that is free).
    `allowed_hosts` are further names under which it may be reached (a reverse proxy's, for example), beside the names of this machine.
    `page_size` is how many assets a list has when the caller names no limit. `events_interval` is the shortest time, in seconds,
    between two messages to one listening client; `heartbeat` is the longest. `answer_seconds` is how long a question of a handler
    waits for its answer, `most_conversations` how many commands that were started over HTTP may run or wait at a time.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8750, ge=0, le=65535)
    allowed_hosts: tuple[str, ...] = ()
    page_size: int = Field(default=100, ge=1, le=500)
    events_interval: float = Field(default=0.5, ge=0.0, le=60.0)
    heartbeat: float = Field(default=15.0, gt=0.0, le=300.0)
    answer_seconds: float = Field(default=300.0, gt=0.0, le=86_400.0)
    most_conversations: int = Field(default=32, ge=1, le=1000)


class WebSettingsComponent(ConfigComponent):
    """The options of `dam_web`, on an entity that describes a world."""

    __tablename__ = "component_dam_web_config"
