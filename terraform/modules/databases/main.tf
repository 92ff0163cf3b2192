locals {
  mount_point       = "/var/lib/neo4j"
  bolt_port         = 7687
  device_name       = "/dev/sdf"
  metrics_namespace = "credex/${var.environment}"
  log_group_prefix  = "/credex/${var.name_prefix}/neo4j"

  # By its name, so that a second slot's log groups leave the policies of the first alone.
  log_group_arn_prefix = "arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:${local.log_group_prefix}"

  # Where a setting appears twice Neo4j refuses to start, so everything is merged here first.
  settings = {
    for name, database in var.databases : name => merge(
      {
        "server.default_listen_address"            = "0.0.0.0"
        "server.default_advertised_address"        = database.private_ip
        "server.bolt.enabled"                      = "true"
        "server.bolt.listen_address"               = ":${local.bolt_port}"
        "server.http.enabled"                      = "false"
        "server.https.enabled"                     = "false"
        "server.directories.data"                  = "${local.mount_point}/data"
        "server.directories.transaction.logs.root" = "${local.mount_point}/data/transactions"
        "server.directories.logs"                  = "/var/log/neo4j"
        "server.databases.default_to_read_only"    = "false"
        "dbms.usage_report.enabled"                = "false"
        "db.tx_log.rotation.retention_policy"      = "2 days 2G"
        "server.jvm.additional"                    = "-XX:+ExitOnOutOfMemoryError"
      },
      var.neo4j_settings,
      database.settings,
    )
  }
}

# The machine goes and comes with its version, its type and its settings; what it knows stays on
# the data volume below, which outlives it.
resource "aws_instance" "neo4j" {
  for_each = var.databases

  ami                     = each.value.ami_id
  instance_type           = each.value.instance_type
  subnet_id               = each.value.subnet_id
  private_ip              = each.value.private_ip
  vpc_security_group_ids  = var.security_group_ids
  iam_instance_profile    = aws_iam_instance_profile.neo4j[each.key].name
  disable_api_termination = var.termination_protection
  monitoring              = true

  user_data_replace_on_change = true
  user_data = templatefile("${path.module}/templates/user_data.sh.tftpl", {
    region             = var.region
    database           = each.key
    neo4j_version      = each.value.neo4j_version
    artifacts_uri      = var.neo4j_artifacts_uri
    settings           = local.settings[each.key]
    password_parameter = each.value.password_parameter
    volume_serial      = replace(aws_ebs_volume.data[each.key].id, "-", "")
    mount_point        = local.mount_point
    log_group          = aws_cloudwatch_log_group.neo4j[each.key].name
    metrics_namespace  = local.metrics_namespace
  })

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = var.root_volume_size
    encrypted   = true
    kms_key_id  = var.kms_key_arn
  }

  tags = {
    Name                        = "${var.name_prefix}-${each.key}"
    "credex:role"               = "neo4j"
    "credex:database"           = each.value.database
    "credex:slot"               = each.value.slot
    "credex:environment"        = var.environment
    "credex:neo4j-version"      = each.value.neo4j_version
    "credex:password-parameter" = each.value.password_parameter
  }

  # A machine that starts before its rights finds neither its password nor its artifacts, and its
  # Systems Manager agent sleeps for long before it asks again.
  depends_on = [aws_iam_role_policy.neo4j, aws_iam_role_policy_attachment.systems_manager]
}

resource "aws_ebs_volume" "data" {
  for_each = var.databases

  availability_zone = each.value.availability_zone
  type              = "gp3"
  size              = each.value.data_volume_size
  iops              = var.data_volume_iops
  throughput        = var.data_volume_throughput
  encrypted         = true
  kms_key_id        = var.kms_key_arn
  final_snapshot    = true

  tags = {
    Name                 = "${var.name_prefix}-${each.key}-data"
    "credex:role"        = "neo4j-data"
    "credex:database"    = each.value.database
    "credex:slot"        = each.value.slot
    "credex:environment" = var.environment
  }

  # The first snapshot of much data takes longer than the provider's ten minutes.
  timeouts {
    delete = "2h"
  }
}

resource "aws_volume_attachment" "data" {
  for_each = var.databases

  device_name = local.device_name
  volume_id   = aws_ebs_volume.data[each.key].id
  instance_id = aws_instance.neo4j[each.key].id

  # Neo4j closes its files before they are taken away.
  stop_instance_before_detaching = true
}

resource "aws_cloudwatch_log_group" "neo4j" {
  for_each = var.databases

  name              = "${local.log_group_prefix}-${each.key}"
  retention_in_days = var.log_retention_in_days
  kms_key_id        = var.log_kms_key_arn
}
