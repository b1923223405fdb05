"""Commands that a package lets anyone start over HTTP: it names the command's class in the entry point group `dam.api`."""

from __future__ import annotations

import dataclasses
from typing import Any, get_type_hints

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, create_model

from dam.commands.analysis_commands import AnalysisCommand
from dam.commands.core import BaseCommand
from dam.core.world import World
from dam_web.api.conversations import RESPONSES, converse_over_api

INWARD = {field.name for field in dataclasses.fields(AnalysisCommand)} - {"entity_id"}
"""Fields that handlers give one another; nobody outside does."""


def command_router(world: World, name: str, kind: type[BaseCommand[Any, Any]]) -> APIRouter:
    """`POST commands/{name}` with the command's fields as JSON; answered by its results or its first question."""
    router = APIRouter(tags=["commands"])
    model = fields_of(kind)

    async def run(fields: BaseModel) -> Response:
        given = {field: getattr(fields, field) for field in model.model_fields}
        return await converse_over_api(world, kind(**given))

    run.__annotations__["fields"] = model
    summary = (kind.__doc__ or kind.__name__).strip().splitlines()[0].rstrip(".")
    router.add_api_route(f"/commands/{name}", run, methods=["POST"], name=name, summary=summary, responses=RESPONSES)
    return router


def fields_of(kind: type[BaseCommand[Any, Any]]) -> type[BaseModel]:
    """The fields of a command as a model of what may be posted; nothing else may be."""
    hints = get_type_hints(kind, include_extras=True)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if not field.init or field.name in INWARD:
            continue
        default: Any = ...
        if field.default is not dataclasses.MISSING:
            default = field.default
        elif field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        fields[field.name] = (hints[field.name], default)
    return create_model(kind.__name__, __config__=ConfigDict(extra="forbid"), **fields)
