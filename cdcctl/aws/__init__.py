"""Thin typed clients over boto3: our dataclasses out, botocore errors mapped to ours."""
