"""The live objects of the built-in plugin: drivers, the cache, the scheduler of analyses; and what an object store is."""

from __future__ import annotations

from dam.assets.resources.asset_drivers import AssetDrivers, BaseAssetDriver
from dam.assets.resources.cache import CacheResource
from dam.assets.resources.drivers import AssetAnalysis, AssetDriver, DriverRegistry, Facts, Findings
from dam.assets.resources.namespaces import NamespaceRegistry
from dam.assets.resources.object_store import ObjectStore, Stored
from dam.assets.resources.processors import MediaProcessor, ProcessorRegistry
from dam.assets.resources.scheduler import AnalysisScheduler, ProcessorScheduler

__all__ = [
    "AnalysisScheduler",
    "AssetAnalysis",
    "AssetDriver",
    "AssetDrivers",
    "BaseAssetDriver",
    "CacheResource",
    "DriverRegistry",
    "Facts",
    "Findings",
    "MediaProcessor",
    "NamespaceRegistry",
    "ObjectStore",
    "ProcessorRegistry",
    "ProcessorScheduler",
    "Stored",
]
