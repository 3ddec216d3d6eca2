"""A server of S3 for tests: moto's, which checks no signatures but keeps and serves objects."""

import hashlib
import threading

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

REGION, KEY, SECRET = "us-east-1", "test", "testtest"


class Quiet(WSGIRequestHandler):
    def log(self, *_):
        pass


class S3:
    """A server of S3 in this process, which can be stopped; its objects are kept."""

    def __init__(self):
        self._app, self._port, self._server = (
            DomainDispatcherApplication(create_backend_app),
            0,
            None,
        )

    def start(self):
        self._server = make_server(
            "127.0.0.1", self._port, self._app, threaded=True, request_handler=Quiet
        )
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._bucket().create()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    def _bucket(self):
        return boto3.resource(
            "s3", endpoint_url=self.url, region_name=REGION, aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
        ).Bucket("store")  # fmt: skip

    def digests(self, prefix):
        """The objects' SHA-256 by their paths, as `digests` gives them for files."""
        found = self._bucket().objects.filter(Prefix=f"{prefix}/results/")
        return {
            each.key.removeprefix(f"{prefix}/"): hashlib.sha256(
                each.get()["Body"].read()
            ).hexdigest()
            for each in found
            if not each.key.endswith(("provenance.json", "timing.csv"))
        }

    @property
    def environment(self):
        """What a user sets for the address and the keys."""
        return {
            "SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": self.url,
            "SNAKEMAKE_STORAGE_S3_ACCESS_KEY": KEY,
            "SNAKEMAKE_STORAGE_S3_SECRET_KEY": SECRET,
            "SNAKEMAKE_STORAGE_S3_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @staticmethod
    def storage(prefix):
        """What a user types for results there."""
        where = f"s3://store/{prefix}"
        return "--default-storage-provider", "s3", "--default-storage-prefix", where
