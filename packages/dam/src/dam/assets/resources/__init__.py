"""The live objects of the built-in plugin: drivers, the cache, and the scheduler of analyses."""

from __future__ import annotations

from dam.assets.resources.cache import CacheResource
from dam.assets.resources.drivers import AssetAnalysis, AssetDriver, DriverRegistry, Facts, Findings
from dam.assets.resources.scheduler import AnalysisScheduler

__all__ = ["AnalysisScheduler", "AssetAnalysis", "AssetDriver", "CacheResource", "DriverRegistry", "Facts", "Findings"]
