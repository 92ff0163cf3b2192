locals {
  # S3 delivers access logs only into buckets with its own key.
  buckets = {
    state    = { name = var.state_bucket_name, kms_key_arn = var.kms_key_arn }
    releases = { name = var.releases_bucket_name, kms_key_arn = var.kms_key_arn }
    backups  = { name = var.backups_bucket_name, kms_key_arn = var.kms_key_arn }
    logs     = { name = var.logs_bucket_name, kms_key_arn = null }
  }
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets

  bucket = each.value.name

  # The state, what was released, and the backups cannot be made again.
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = each.value.kms_key_arn != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = each.value.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = each.value.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "forget-unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  # A rule cannot leave a prefix out, so there is none for the bucket of the deployment log: every
  # version of a record stays.
  dynamic "rule" {
    for_each = each.key == "releases" ? [] : [var.noncurrent_version_expiration]

    content {
      id     = "forget-what-was-overwritten"
      status = "Enabled"

      filter {}

      noncurrent_version_expiration {
        noncurrent_days = rule.value
      }
    }
  }

  # A deployment removes its saved plan; one that was cancelled could not.
  dynamic "rule" {
    for_each = each.key == "releases" ? [var.saved_plan_expiration] : []

    content {
      id     = "expire-saved-plans"
      status = "Enabled"

      filter {
        prefix = "plans/"
      }

      expiration {
        days = rule.value
      }

      noncurrent_version_expiration {
        noncurrent_days = 1
      }
    }
  }

  # Only what a newer proven backup has taken the place of carries the tag. So the newest proven one never
  # expires, however long no other is made.
  dynamic "rule" {
    for_each = each.key == "backups" ? [var.superseded_backup_expiration] : []

    content {
      id     = "expire-superseded-backups"
      status = "Enabled"

      filter {
        tag {
          key   = "superseded"
          value = "true"
        }
      }

      expiration {
        days = rule.value
      }
    }
  }

  dynamic "rule" {
    for_each = each.key == "logs" ? [var.access_log_expiration] : []

    content {
      id     = "expire-access-logs"
      status = "Enabled"

      filter {}

      expiration {
        days = rule.value
      }
    }
  }

  # Rules about versions mean nothing before there are versions.
  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id
  policy = data.aws_iam_policy_document.this[each.key].json

  # S3 refuses two changes of a bucket's access at once.
  depends_on = [aws_s3_bucket_public_access_block.this]
}
