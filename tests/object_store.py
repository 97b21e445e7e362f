"""An S3 server on loopback, for whatever has to work on an object store."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# In a process of its own: clients that hold Python's lock while they wait would wait for themselves.
SERVER = """
import threading
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(*server.get_host_and_port(), flush=True)
threading.Event().wait()
"""
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}


@contextmanager
def s3_server(bucket: str = "lake") -> Iterator[dict[str, str]]:
    """Serve an empty bucket; gives the environment with which clients find it."""
    import boto3

    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            host, port = server.stdout.readline().split()
            endpoint = f"http://{host}:{port}"
            keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
            boto3.client("s3", endpoint_url=endpoint, **keys).create_bucket(Bucket=bucket)
            yield KEYS | {"AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": "true"}
        finally:
            server.kill()
