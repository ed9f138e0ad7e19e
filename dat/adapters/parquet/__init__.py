"""The one door to pyarrow: tables, bars and runs as Parquet, bars from Feather."""

from dat.adapters.parquet.runs import ParquetRunStore
from dat.adapters.parquet.store import ParquetBarStore
from dat.adapters.parquet.table import read_bars_file, read_table, write_table

__all__ = ["ParquetBarStore", "ParquetRunStore", "read_bars_file", "read_table", "write_table"]
