terraform {
  # Bucket, key and region are given at init, one set for each environment (see README.md).
  # The bucket's own encryption with the environment's KMS key applies: `encrypt = true` would
  # ask for S3's key instead.
  backend "s3" {
    use_lockfile = true
  }
}
