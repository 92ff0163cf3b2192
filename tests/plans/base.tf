# Two databases with their data volumes, a bucket, a key and the application, as small as they can be.

variable "image_digest" {
  type    = string
  default = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
}

variable "desired_count" {
  type    = number
  default = 2
}

variable "ami" {
  type = string
}

variable "subnet" {
  type = string
}

variable "databases" {
  type    = number
  default = 2
}

variable "instance_type" {
  type    = string
  default = "t3.medium"
}

variable "label" {
  type    = string
  default = "blue"
}

variable "neo4j_version" {
  type    = string
  default = "5.26.30"
}

variable "versioning" {
  type    = string
  default = "Enabled"
}

variable "log_retention_in_days" {
  type    = number
  default = 30
}

variable "volume_size" {
  type    = number
  default = 10
}

variable "private_ips" {
  type = list(string)
}

variable "other_key" {
  type = string
}

variable "own_disk_ami" {
  type = string
}

variable "backups_kept_in_days" {
  type    = number
  default = 365
}

variable "ingress_cidr" {
  type    = string
  default = "10.0.0.0/16"
}

variable "last_port" {
  type    = number
  default = 7687
}

variable "http_tokens" {
  type    = string
  default = "required"
}

variable "rates_key" {
  type    = string
  default = "not-for-people"
}

variable "elsewhere" {
  type    = string
  default = "8 GB"
}

data "aws_subnet" "this" {
  id = var.subnet
}

resource "aws_kms_key" "this" {
  description             = "Data"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_kms_alias" "this" {
  name          = "alias/credex"
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_security_group" "database" {
  name   = "database"
  vpc_id = data.aws_subnet.this.vpc_id

  ingress {
    protocol    = "tcp"
    from_port   = 7687
    to_port     = var.last_port
    cidr_blocks = [var.ingress_cidr]
  }
}

resource "aws_security_group" "service" {
  name   = "service"
  vpc_id = data.aws_subnet.this.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "service" {
  security_group_id = aws_security_group.service.id
  cidr_ipv4         = var.ingress_cidr
  ip_protocol       = "tcp"
  from_port         = 5000
  to_port           = 5000
}

resource "aws_instance" "neo4j" {
  count                       = var.databases
  ami                         = var.ami
  instance_type               = var.instance_type
  subnet_id                   = var.subnet
  private_ip                  = var.private_ips[count.index]
  vpc_security_group_ids      = [aws_security_group.database.id]
  disable_api_termination     = false
  user_data                   = "NEO4J_VERSION=${var.neo4j_version}"
  user_data_replace_on_change = true

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = var.http_tokens
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 20
    encrypted   = true
    kms_key_id  = aws_kms_key.this.arn
  }

  tags = {
    "credex:neo4j-version" = var.neo4j_version
    "label"                = var.label
  }
}

# The second database has no number, so that the first one's blocks can be taken out alone.
resource "aws_ebs_volume" "data" {
  availability_zone = "af-south-1a"
  type              = "gp3"
  size              = var.volume_size
  encrypted         = true
  kms_key_id        = aws_kms_key.this.arn

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_ebs_volume" "search" {
  availability_zone = "af-south-1a"
  type              = "gp3"
  size              = 10
  encrypted         = true
  kms_key_id        = aws_kms_key.this.arn
}

resource "aws_volume_attachment" "data" {
  device_name = "/dev/sdf"
  instance_id = aws_instance.neo4j[0].id
  volume_id   = aws_ebs_volume.data.id
}

resource "aws_volume_attachment" "search" {
  count       = var.databases == 2 ? 1 : 0
  device_name = "/dev/sdf"
  instance_id = aws_instance.neo4j[1].id
  volume_id   = aws_ebs_volume.search.id
}

# As credex-core had it at first: what the database holds is on the machine's own disk.
resource "aws_instance" "own_disk" {
  ami           = var.own_disk_ami
  instance_type = "t3.small"
}

# Stands for a database of a provider that the guard does not know.
resource "terraform_data" "elsewhere" {
  triggers_replace = var.elsewhere
}

resource "aws_cloudwatch_metric_alarm" "disk" {
  alarm_name          = "disk"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  metric_name         = "disk_used_percent"
  namespace           = "credex"
  period              = 300
  statistic           = "Maximum"
  threshold           = 80
  dimensions          = { InstanceId = aws_instance.neo4j[0].id }
}

resource "aws_ssm_parameter" "bolt_url" {
  name  = "/credex/BOLT_URL"
  type  = "SecureString"
  value = "bolt://${aws_instance.neo4j[0].private_ip}:7687"
}

resource "aws_ssm_parameter" "rates" {
  name  = "/credex/RATES"
  type  = "SecureString"
  value = var.rates_key
}

resource "aws_s3_bucket" "backups" {
  bucket = "credex-backups"
}

resource "aws_s3_bucket_versioning" "backups" {
  bucket = aws_s3_bucket.backups.id
  versioning_configuration {
    status = var.versioning
  }
}

resource "aws_s3_bucket_public_access_block" "backups" {
  bucket                  = aws_s3_bucket.backups.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "backups" {
  bucket = aws_s3_bucket.backups.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this.arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "backups" {
  bucket = aws_s3_bucket.backups.id
  rule {
    id     = "old"
    status = "Enabled"
    filter {
      prefix = "ledger/"
    }
    expiration {
      days = var.backups_kept_in_days
    }
  }
}

resource "aws_cloudwatch_log_group" "service" {
  name              = "credex-core"
  retention_in_days = var.log_retention_in_days
}

resource "aws_ecs_cluster" "this" {
  name = "credex-cluster"
}

resource "aws_ecs_task_definition" "this" {
  family = "credex-core"
  cpu    = 256
  memory = 512

  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  container_definitions = jsonencode([{
    name        = "credex-core"
    image       = "registry/credex-core@${var.image_digest}"
    essential   = true
    environment = [{ name = "NODE_ENV", value = "not-for-people" }]
    secrets     = [{ name = "RATES", valueFrom = "${aws_ssm_parameter.rates.arn}:${aws_ssm_parameter.rates.version}" }]
  }])
}

resource "aws_ecs_service" "this" {
  name            = "credex-core"
  cluster         = aws_ecs_cluster.this.id
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = var.desired_count
  launch_type     = "FARGATE"
  network_configuration {
    subnets = [var.subnet]
  }
}

output "cluster" {
  value = aws_ecs_cluster.this.name
}
