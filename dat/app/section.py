"""What every table of a treasury file has in common."""

from pydantic import BaseModel, ConfigDict

__all__ = ["Section"]


class Section(BaseModel):
    """A table: no unknown keys, never changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)
