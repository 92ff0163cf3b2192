locals {
  # Records of the deployment log, and the marks of one-time codes that were used.
  written_once = ["log", "codes"]
}

data "aws_elb_service_account" "this" {}

data "aws_iam_policy_document" "this" {
  for_each = local.buckets

  statement {
    sid       = "OnlyOverTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this[each.key].arn, "${aws_s3_bucket.this[each.key].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  # Lifecycle rules do not ask the policy, and there is none for these objects.
  dynamic "statement" {
    for_each = each.key == "releases" ? ["deployment log"] : []

    content {
      sid       = "DeploymentLogOnlyGrows"
      effect    = "Deny"
      actions   = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
      resources = [for prefix in local.written_once : "${aws_s3_bucket.this[each.key].arn}/${prefix}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }
    }
  }

  # S3 takes If-None-Match for "only if there is none of this name yet". The parts of a multipart upload, and
  # copies, cannot say so: they are denied too.
  dynamic "statement" {
    for_each = each.key == "releases" ? ["deployment log"] : []

    content {
      sid       = "DeploymentLogIsNeverOverwritten"
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = [for prefix in local.written_once : "${aws_s3_bucket.this[each.key].arn}/${prefix}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "Null"
        variable = "s3:if-none-match"
        values   = ["true"]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "logs" ? ["load balancer"] : []

    content {
      sid       = "AccessLogsOfTheLoadBalancer"
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.this[each.key].arn}/AWSLogs/${var.account_id}/*"]

      principals {
        type        = "AWS"
        identifiers = [data.aws_elb_service_account.this.arn]
      }
    }
  }
}
