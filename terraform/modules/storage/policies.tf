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
      resources = ["${aws_s3_bucket.this[each.key].arn}/log/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
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
