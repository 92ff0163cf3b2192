# A database with its data volume, a bucket, a key and the application, as small as they can be.

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

resource "aws_instance" "neo4j" {
  count         = var.databases
  ami           = var.ami
  instance_type = var.instance_type
  tags = {
    "credex:neo4j-version" = var.neo4j_version
    "label"                = var.label
  }
}

resource "aws_ebs_volume" "data" {
  availability_zone = "af-south-1a"
  size              = 10
  encrypted         = true
}

resource "aws_volume_attachment" "data" {
  device_name = "/dev/sdf"
  instance_id = aws_instance.neo4j[0].id
  volume_id   = aws_ebs_volume.data.id
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
  }])
}

resource "aws_ecs_service" "this" {
  name                          = "credex-core"
  cluster                       = aws_ecs_cluster.this.id
  task_definition               = aws_ecs_task_definition.this.arn
  desired_count                 = var.desired_count
  launch_type                   = "FARGATE"
  network_configuration {
    subnets = [var.subnet]
  }

  # Stock moto forgets it, so that it would differ in every plan.
  lifecycle {
    ignore_changes = [availability_zone_rebalancing]
  }
}

output "cluster" {
  value = aws_ecs_cluster.this.name
}
