"""The treasury file as JSON Schema, for editors that complete and check while one types."""

from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from dat.app.settings import TreasuryFile

__all__ = ["treasury_file_schema"]


class _Generator(GenerateJsonSchema):
    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, BaseModel):
            return {}  # an absent section is an empty table
        return _number(dft) if isinstance(dft, Decimal) else super().encode_default(dft)

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False  # the key says it already


def treasury_file_schema() -> dict[str, Any]:
    """Give the JSON Schema of a treasury file; `unit` is an annotation of ours.

    Examples
    --------
    >>> treasury_file_schema()["required"]
    ['treasury', 'strategy', 'capital']
    """
    return TreasuryFile.model_json_schema(schema_generator=_Generator)


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
