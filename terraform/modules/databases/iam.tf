# One role for each database: neither can read the other's password or backups.
# Systems Manager's own policy, attached below, allows every parameter of the account, so that the
# password is held back twice: by a denial here, and by the key, which opens it to its reader alone.

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "neo4j" {
  for_each = var.databases

  statement {
    sid       = "OwnPassword"
    actions   = ["ssm:GetParameter"]
    resources = [each.value.password_parameter_arn]
  }

  statement {
    sid    = "NoOtherParameter"
    effect = "Deny"
    actions = [
      "ssm:GetParameter",
      "ssm:GetParameters",
      "ssm:GetParametersByPath",
      "ssm:GetParameterHistory",
    ]
    not_resources = [each.value.password_parameter_arn]
  }

  statement {
    sid       = "KeyOfOwnPassword"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["ssm.${var.region}.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:PARAMETER_ARN"
      values   = [each.value.password_parameter_arn]
    }
  }

  statement {
    sid       = "InstallationArtifacts"
    actions   = ["s3:GetObject"]
    resources = ["arn:${var.partition}:s3:::${trimprefix(var.neo4j_artifacts_uri, "s3://")}/*"]
  }

  statement {
    sid       = "OwnBackups"
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${var.backups_bucket_arn}/${each.value.database}/*"]
  }

  statement {
    sid       = "KeyOfBackups"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "OwnLogs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${local.log_group_arn_prefix}-${each.key}:*"]
  }

  statement {
    sid       = "OwnMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = [local.metrics_namespace]
    }
  }
}

resource "aws_iam_role" "neo4j" {
  for_each = var.databases

  name               = "${var.name_prefix}-neo4j-${each.key}"
  description        = "Machine of the ${each.key} database"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "neo4j" {
  for_each = var.databases

  name   = "neo4j"
  role   = aws_iam_role.neo4j[each.key].id
  policy = data.aws_iam_policy_document.neo4j[each.key].json
}

resource "aws_iam_role_policy_attachment" "systems_manager" {
  for_each = var.databases

  role       = aws_iam_role.neo4j[each.key].name
  policy_arn = "arn:${var.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "neo4j" {
  for_each = var.databases

  name = "${var.name_prefix}-neo4j-${each.key}"
  role = aws_iam_role.neo4j[each.key].name
}
