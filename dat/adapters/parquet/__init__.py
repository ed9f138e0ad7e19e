"""The one door to pyarrow: tables and bars as Parquet, bars from Feather."""

from dat.adapters.parquet.store import ParquetBarStore
from dat.adapters.parquet.table import read_bars_file, read_table, write_table

__all__ = ["ParquetBarStore", "read_bars_file", "read_table", "write_table"]
