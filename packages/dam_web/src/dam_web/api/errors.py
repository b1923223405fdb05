"""Errors as JSON, in one shape: {"error": {"type": …, "message": …, "hint": …}}."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dam.core.exceptions import (
    AccessError,
    ConflictError,
    ContentError,
    ContentUnsupportedError,
    ConversationError,
    DamError,
    DatabaseBusyError,
    EntityNotFoundError,
    NoHandlerError,
    PathNotFoundError,
    RootError,
    RootOfflineError,
    SchemaMismatchError,
    UsageError,
    WorkerError,
)
from dam_web.api.answers import JSON, NOT_KEPT

logger = logging.getLogger(__name__)

STATUS: tuple[tuple[type[DamError], int], ...] = (
    (EntityNotFoundError, 404),
    (PathNotFoundError, 404),
    (UsageError, 400),
    (AccessError, 403),
    (DatabaseBusyError, 503),
    (SchemaMismatchError, 503),
    (RootOfflineError, 503),
    (RootError, 400),
    (ConversationError, 409),
    (ConflictError, 409),
    (ContentUnsupportedError, 415),
    (ContentError, 422),
    (WorkerError, 503),
    (NoHandlerError, 501),
)
"""The first class that fits gives the status; what fits none is 500."""


class ApiError(Exception):
    """An answer that is an error of the protocol itself, with its status."""

    def __init__(self, status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> None:
        """`kind` is the error's `type` in the answer."""
        super().__init__(message)
        self.status, self.kind, self.headers = status, kind, headers


def error_response(status: int, kind: str, message: str, hint: str | None = None, headers: dict[str, str] | None = None) -> Response:
    """An error in the one shape; it is never kept by a cache."""
    return JSON({"error": {"type": kind, "message": message, "hint": hint}}, status, {**NOT_KEPT, **(headers or {})})


def status_of(error: DamError) -> int:
    """The HTTP status that fits an error."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def add_error_handlers(app: FastAPI) -> None:
    """Let an application answer every failure in the one shape."""
    app.add_exception_handler(DamError, _dam_error)
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _bug)


def _dam_error(_: Request, error: Exception) -> Response:
    status = status_of(error) if isinstance(error, DamError) else 500
    return error_response(status, type(error).__name__, str(error), headers={"Retry-After": "1"} if status == 503 else None)


def _api_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for this class alone
    return error_response(error.status, error.kind, str(error), headers=error.headers)


def _validation_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    said = "; ".join(f"{'.'.join(map(str, one['loc'][1:])) or one['loc'][0]}: {one['msg']}" for one in error.errors())
    return error_response(422, "UsageError", f"The request is not understood: {said}.")


def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    return error_response(error.status_code, "HTTPError", str(error.detail), headers=dict(error.headers or {}))


def _bug(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return error_response(500, "InternalError", "Something went wrong inside; the server's log has the details.")
