# What has to exist before Terraform can run, and is adopted here: the buckets of the state and
# the releases, the KMS key, and the repository that the first image was pushed to.

import {
  to = module.storage.aws_s3_bucket.this["state"]
  id = var.state_bucket_name
}

import {
  to = module.storage.aws_s3_bucket.this["releases"]
  id = var.releases_bucket_name
}

import {
  to = module.configuration.aws_kms_key.this
  id = data.aws_kms_alias.deploy.target_key_id
}

import {
  to = module.configuration.aws_kms_alias.this
  id = var.kms_key_alias
}

import {
  to = module.service.aws_ecr_repository.this
  id = var.ecr_repository_name
}
