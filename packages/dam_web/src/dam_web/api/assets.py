"""Lists of assets, one asset, and what a person says about it."""

from __future__ import annotations

from dataclasses import asdict
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response

from dam.assets.commands import Among, CountAssetsCommand, GetAssetCommand, ListAssetsCommand, SetAssetFieldsCommand
from dam.assets.models import AssetStatus
from dam.core.exceptions import EntityNotFoundError, StaleVersionError
from dam.core.world import World
from dam_fs.commands import ListRootsCommand
from dam_web.api.answers import JSON, NOT_KEPT
from dam_web.api.conditions import has_already, wanted_tags
from dam_web.api.errors import ApiError
from dam_web.api.schemas import AssetId, AssetList, AssetPatch, AssetWhole, ChangedAsset, ErrorAnswer, RootList, Stats
from dam_web.settings import WebSettings

LISTED_THUMBNAILS = ("small", "medium")


def assets_router(world: World) -> APIRouter:
    """The routes about assets as facts."""
    router = APIRouter(tags=["assets"], responses={400: {"model": ErrorAnswer}, 404: {"model": ErrorAnswer}})
    page_size = world.get_settings(WebSettings).page_size

    @router.get("/assets", summary="List assets", responses={200: {"model": AssetList}})
    async def list_assets(
        query: Annotated[str, Query(description="the search language, as in the search field")] = "",
        type: Annotated[list[str], Query(description="of one of these types")] = [],  # noqa: A002, B006 - the name in the address; never changed
        tags: Annotated[list[str], Query(description="with all of these tags")] = [],  # noqa: B006 - never changed
        sort: Annotated[str, Query(description="captured, added, name, size or id; a leading - reverses")] = "captured",
        cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = page_size,
        *,
        trashed: Annotated[bool, Query(description="those in the trash instead")] = False,
        members: Annotated[
            bool | None,
            Query(
                description="also those that lie in archives only; when it is not said: yes with a query or tags and in the trash, else no"
            ),
        ] = None,
    ) -> Response:
        among: Among = "trash" if trashed else "library"
        command = ListAssetsCommand(query, tuple(type), tuple(tags), sort, cursor, limit, among, members)
        page = (await world.dispatch_command(command)).one()
        return JSON({"items": [listed(row) for row in page.items], "next": page.next}, headers=NOT_KEPT)

    @router.get("/assets/{asset_id}", summary="One asset whole", responses={200: {"model": AssetWhole}})
    async def get_asset(asset_id: AssetId, if_none_match: Annotated[list[str] | None, Header()] = None) -> Response:
        answer = shown(await find(world, asset_id))
        tag = answer.headers["ETag"]
        return Response(status_code=304, headers={"ETag": tag}) if has_already(if_none_match, tag) else answer

    @router.patch(
        "/assets/{asset_id}",
        summary="Say something about an asset; the answer's `action` undoes it",
        responses={200: {"model": ChangedAsset}, 409: {"model": ErrorAnswer}, 412: {"model": ErrorAnswer}},
    )
    async def patch_asset(asset_id: AssetId, patch: AssetPatch, if_match: Annotated[list[str] | None, Header()] = None) -> Response:
        guarded = guarded_version(await find(world, asset_id), if_match, patch.version)
        said = patch.model_dump(include={"title", "description", "rating", "visibility"}, exclude_unset=True)
        command = SetAssetFieldsCommand(asset_id, said, guarded, tuple(patch.add_tags), tuple(patch.remove_tags))
        action = (await world.dispatch_command(command)).one()["action"]
        return shown(await find(world, asset_id), action=action)

    return router


def numbers_router(world: World) -> APIRouter:
    """The routes about the World as a whole."""
    router = APIRouter(tags=["world"])

    @router.get("/stats", summary="How many assets there are", responses={200: {"model": Stats}})
    async def stats() -> Response:
        return JSON(asdict((await world.dispatch_command(CountAssetsCommand())).one()), headers=NOT_KEPT)

    @router.get("/roots", summary="The folders that are known", responses={200: {"model": RootList}})
    async def roots() -> Response:
        return JSON({"items": (await world.dispatch_command(ListRootsCommand())).one()}, headers=NOT_KEPT)

    return router


async def find(world: World, asset_id: int) -> dict[str, Any]:
    """One asset whole; raises EntityNotFoundError when there is none."""
    asset: dict[str, Any] | None = (await world.dispatch_command(GetAssetCommand(asset_id))).one()
    if asset is None:
        raise EntityNotFoundError(f"There is no asset {asset_id}.")
    return asset


def guarded_version(asset: dict[str, Any], if_match: list[str] | None, version: int | None) -> int | None:
    """The version that the asset must still have when it is changed, or None for any; refuses, with 412 or 409, a change of another.

    What was read of its file meanwhile does not matter: of an entity tag only the version counts.
    """
    stale = StaleVersionError(f"Asset {asset['id']} was changed meanwhile; load it again.")
    meant = wanted_tags(if_match)
    if meant is not None and not any(tag.partition("-")[0] == str(asset["version"]) for tag in meant):
        raise ApiError(412, type(stale).__name__, str(stale))
    if version is not None and version != asset["version"]:
        raise stale
    return None if meant is None and version is None else int(asset["version"])


def listed(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a list, with the addresses of its thumbnails."""
    sizes = [size for size in LISTED_THUMBNAILS if size in row["thumbnails"]]
    version = (row["sha256"] or "")[:16]
    if row["status"] == AssetStatus.PARTIAL:
        version += "&partial=1"  # what is read whole later (with a password) has another picture
    addresses = {size: f"/api/dam/assets/{row['id']}/thumbnail/{size}?v={version}" for size in sizes}
    return {**row, "thumbnail": addresses or None}


def shown(asset: dict[str, Any], **more: Any) -> Response:
    """One asset as an answer; `more` is no part of what is known of it.

    The entity tag is the asset's version, which counts what people say, and a digest of all that is known.
    """
    known = JSON(asset)
    answer = JSON({**asset, **more}) if more else known
    answer.headers["ETag"] = f'"{asset["version"]}-{sha256(known.body).hexdigest()[:16]}"'
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
