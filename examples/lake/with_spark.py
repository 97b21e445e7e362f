"""Spark: python -m examples.lake.with_spark s3://bucket/lake/l1_filtered sc://host:port, which is a Spark Connect server.

Without an address it starts Sail, which is Spark's interface on an engine of its own. A cluster of Spark itself needs Delta's jars.
"""

import sys

from pyspark.sql import SparkSession


def main(table: str, server: str = "") -> dict[str, int]:
    """Promoted rows of each shard."""
    if not server:
        from pysail.spark import SparkConnectServer

        sail = SparkConnectServer("127.0.0.1", 0)
        sail.start(background=True)
        server = "sc://{}:{}".format(*sail.listening_address)
    spark = SparkSession.builder.remote(server).getOrCreate()
    counts = spark.read.format("delta").load(table).groupBy("shard").count().collect()
    spark.stop()
    return {row["shard"]: row["count"] for row in counts}


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
