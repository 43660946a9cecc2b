"""Write a query's results to the workgroup's location in S3, with the caller's rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ministack.services import s3

from local.aws.athena.errors import QueryFailed
from local.aws.iam.rights import AccessDenied, Principal
from local.aws.s3.objects import place as s3_place
from local.aws.s3.objects import s3_service

if TYPE_CHECKING:
    from local.aws.athena.results import ResultSet


@dataclass(frozen=True)
class ResultsLocation:
    """A results location and its encryption."""

    location: str
    encryption: dict[str, Any]

    def configuration(self, query_id: str, suffix: str) -> dict[str, Any]:
        """Return the ResultConfiguration that GetQueryExecution reports."""
        bucket, prefix = s3_place(self.location)
        found: dict[str, Any] = {"OutputLocation": f"s3://{bucket}/{prefix}{query_id}.{suffix}"}
        return found | ({"EncryptionConfiguration": self.encryption} if self.encryption else {})

    def check(self, principal: Principal) -> None:
        """Raise QueryFailed unless the bucket exists and the principal may write to it; asked before a query runs."""
        bucket, prefix = s3_place(self.location)
        if bucket not in s3._buckets:
            raise QueryFailed(f"Unable to verify/create output bucket {bucket}")
        try:
            principal.require("s3:GetBucketLocation", f"arn:aws:s3:::{bucket}")
            principal.require("s3:PutObject", f"arn:aws:s3:::{bucket}/{prefix}results.csv")
            if self.encryption.get("KmsKey"):
                principal.require("kms:GenerateDataKey", self.encryption["KmsKey"], kms__ViaService=s3_service())
        except AccessDenied as exc:
            raise QueryFailed(
                f"Access denied when writing output to url: {self.location} . Please ensure you are allowed to access "
                f"the S3 bucket. If you are encrypting query results with KMS key, please ensure you are allowed to "
                f"access your KMS key ({exc})"
            ) from exc

    def write(self, principal: Principal, execution: dict[str, Any], answer: ResultSet) -> None:
        """Write a query's results file.

        Raises:
            QueryFailed: the principal may not, or S3 refuses.
        """
        path = execution["ResultConfiguration"]["OutputLocation"]
        bucket, key = path.removeprefix("s3://").split("/", 1)
        body = answer.csv() if execution["StatementType"] == "DML" else answer.text()
        headers = {"content-type": "application/octet-stream", "content-length": str(len(body)), **self._headers()}
        try:
            principal.require("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}")
        except AccessDenied as exc:
            raise QueryFailed(f"Access denied when writing output to url: {path} ({exc})") from exc
        status, _, reply = s3._put_object(bucket, key, body, headers)
        if status >= 300:
            raise QueryFailed(f"Could not write output to url: {path}: {reply.decode(errors='replace')[:300]}")

    def _headers(self) -> dict[str, str]:
        """Return the encryption headers of the results."""
        option = self.encryption.get("EncryptionOption")
        if option == "SSE_KMS":
            return {
                "x-amz-server-side-encryption": "aws:kms",
                "x-amz-server-side-encryption-aws-kms-key-id": self.encryption["KmsKey"],
            }
        return {"x-amz-server-side-encryption": "AES256"} if option == "SSE_S3" else {}


def place(request: dict[str, Any], workgroup: dict[str, Any]) -> ResultsLocation | None:
    """Return where a request's results go; an enforced workgroup configuration wins over the request's."""
    configured = workgroup.get("Configuration") or {}
    own, asked = configured.get("ResultConfiguration") or {}, request.get("ResultConfiguration") or {}
    enforced = configured.get("EnforceWorkGroupConfiguration", False)
    chosen = own if enforced else own | asked
    location = chosen.get("OutputLocation")
    return ResultsLocation(location, chosen.get("EncryptionConfiguration") or {}) if location else None
