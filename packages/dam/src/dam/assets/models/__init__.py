"""What is known about every asset, whatever its kind."""

from __future__ import annotations

from dam.assets.models.analysis import AnalysisRecordComponent
from dam.assets.models.asset import AssetCategory, AssetComponent, AssetStatus, AssetType, KnownAnalysis, KnownDriver, Visibility
from dam.assets.models.content import (
    ContentHashMD5Component,
    ContentHashSHA256Component,
    ImagePerceptualAHashComponent,
    ImagePerceptualDHashComponent,
    ImagePerceptualPHashComponent,
    RecognisedTextComponent,
    TextComponent,
    ThumbnailComponent,
)
from dam.assets.models.human import DescriptionComponent, RatingComponent, TagComponent, TitleComponent
from dam.assets.models.journal import JournalAction, JournalChange
from dam.assets.models.link import Link, Relation
from dam.assets.models.location import (
    File,
    FileLocationComponent,
    FormerLocationComponent,
    LocationCheck,
    LocationStatus,
    Problem,
    Root,
    RootStatus,
    StorageType,
)
from dam.assets.models.metadata import (
    ArchiveMetadataComponent,
    CameraGroupComponent,
    ExifComponent,
    GeoComponent,
    IptcComponent,
    NamespacedMetadataComponent,
    XmpComponent,
)
from dam.assets.models.trash import TrashedComponent
from dam.assets.models.virtual import VirtualEntityComponent
from dam.assets.models.work import AnalysisLease, WorkControl

COMPONENTS = (
    AssetComponent,
    ContentHashSHA256Component,
    ContentHashMD5Component,
    FileLocationComponent,
    FormerLocationComponent,
    AnalysisRecordComponent,
    TitleComponent,
    DescriptionComponent,
    RatingComponent,
    TagComponent,
    ThumbnailComponent,
    TextComponent,
    RecognisedTextComponent,
    ImagePerceptualPHashComponent,
    ImagePerceptualAHashComponent,
    ImagePerceptualDHashComponent,
    ExifComponent,
    IptcComponent,
    XmpComponent,
    GeoComponent,
    CameraGroupComponent,
    ArchiveMetadataComponent,
    NamespacedMetadataComponent,
    VirtualEntityComponent,
    TrashedComponent,
)

__all__ = [
    "COMPONENTS",
    "AnalysisLease",
    "AnalysisRecordComponent",
    "ArchiveMetadataComponent",
    "AssetCategory",
    "AssetComponent",
    "AssetStatus",
    "AssetType",
    "CameraGroupComponent",
    "ContentHashMD5Component",
    "ContentHashSHA256Component",
    "DescriptionComponent",
    "ExifComponent",
    "File",
    "FileLocationComponent",
    "FormerLocationComponent",
    "GeoComponent",
    "ImagePerceptualAHashComponent",
    "ImagePerceptualDHashComponent",
    "ImagePerceptualPHashComponent",
    "IptcComponent",
    "JournalAction",
    "JournalChange",
    "KnownAnalysis",
    "KnownDriver",
    "Link",
    "LocationCheck",
    "LocationStatus",
    "NamespacedMetadataComponent",
    "Problem",
    "RatingComponent",
    "RecognisedTextComponent",
    "Relation",
    "Root",
    "RootStatus",
    "StorageType",
    "TagComponent",
    "TextComponent",
    "ThumbnailComponent",
    "TitleComponent",
    "TrashedComponent",
    "VirtualEntityComponent",
    "Visibility",
    "WorkControl",
    "XmpComponent",
]
