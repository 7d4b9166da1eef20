"""Users, passwords, requests and a clock, made for tests."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import bcrypt
import httpx

from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config

COST = 4  # the least, as it would take a second for each check otherwise


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def hashed(password: str, *, cost: int = COST) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()


def line(user: str, password: str, *, cost: int = COST) -> str:
    return f"{user}:{hashed(password, cost=cost)}\n"


def users_file(folder: Path, **passwords: str) -> Path:
    path = folder / "htpasswd"
    path.write_text("".join(line(user, password) for user, password in passwords.items()))
    return path


def rewrite(path: Path, text: str) -> None:
    """Put another file in place of one: one that is written twice in a tick may look unchanged."""
    other = path.with_suffix(".new")
    other.write_text(text)
    other.replace(path)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def scope_of(authorization: str | bytes | None = None, **headers: str) -> dict[str, Any]:
    given = [(name.encode(), value.encode()) for name, value in headers.items()]
    if authorization is not None:
        encoded = authorization if isinstance(authorization, bytes) else authorization.encode()
        given.append((b"authorization", encoded))
    return {"type": "http", "headers": given, "client": ("127.0.0.1", 1)}


@asynccontextmanager
async def registry(driver: StorageDriver, config: Config) -> AsyncIterator[httpx.AsyncClient]:
    """Serve with a configuration, for as long as the app lives."""
    app = create_app(driver, config)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
            yield client
