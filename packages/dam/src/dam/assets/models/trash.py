"""What a person has put into the trash."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_component import UniqueComponent
from dam.models.types import UTCDateTime, utc_now


class TrashedComponent(UniqueComponent):
    """The asset is in the trash: it is shown nowhere else, and all that is known of it stays.

    `forgotten` says that the trash was emptied while files of it lay in folders that are only read: nothing is known any more but
    which files these are, so that they are not taken for new ones.
    """

    __tablename__ = "component_trashed"

    trashed_at: Mapped[datetime] = mapped_column(UTCDateTime, default_factory=utc_now, index=True)
    forgotten: Mapped[bool] = mapped_column(default=False)
