variable "stage" {
  type = string
}

variable "region" {
  type = string
}

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  type = list(string)
}

variable "repository" {
  type = string
}

variable "docker_tag" {
  type = string
}

variable "app_count" {
  type = number
}

variable "parameters" {
  type = map(string)
}

locals {
  port = 3000
}

data "aws_ecr_repository" "core" {
  name = var.repository
}

data "aws_ssm_parameter" "secret" {
  for_each = var.parameters

  name            = each.value
  with_decryption = false
}

resource "aws_security_group" "api" {
  name        = "${var.stage}-api"
  description = "The API and its load balancer"
  vpc_id      = var.vpc_id
}

resource "aws_iam_role" "start" {
  name = "${var.stage}-start"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

resource "aws_cloudwatch_log_group" "api" {
  name = "/${var.stage}/api"
}

resource "aws_lb" "api" {
  name               = "${var.stage}-api"
  load_balancer_type = "application"
  subnets            = var.subnet_ids
  security_groups    = [aws_security_group.api.id]
}

resource "aws_lb_target_group" "api" {
  name                 = "${var.stage}-api"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = local.port
  deregistration_delay = 1

  health_check {
    path                = "/health"
    interval            = 5
    timeout             = 2
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "api" {
  load_balancer_arn = aws_lb.api.arn
  port              = 8080
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api.arn
  }
}

resource "aws_ecs_cluster" "api" {
  name = var.stage
}

resource "aws_ecs_task_definition" "api" {
  family                   = "${var.stage}-api"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.start.arn
  skip_destroy             = true

  container_definitions = jsonencode([{
    name         = "core"
    image        = "${data.aws_ecr_repository.core.repository_url}:${var.docker_tag}"
    essential    = true
    portMappings = [{ containerPort = local.port, hostPort = local.port, protocol = "tcp" }]

    environment = [
      { name = "NODE_ENV", value = "production" },
      { name = "PORT", value = tostring(local.port) },
    ]

    secrets = [for key in sort(keys(var.parameters)) : { name = key, valueFrom = data.aws_ssm_parameter.secret[key].arn }]

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.api.name
        "awslogs-region"        = var.region
        "awslogs-stream-prefix" = "core"
      }
    }
  }])
}

resource "aws_ecs_service" "api" {
  name                               = "${var.stage}-api"
  cluster                            = aws_ecs_cluster.api.id
  task_definition                    = aws_ecs_task_definition.api.arn
  desired_count                      = var.app_count
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets         = var.subnet_ids
    security_groups = [aws_security_group.api.id]
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.api.arn
    container_name   = "core"
    container_port   = local.port
  }

  depends_on = [aws_lb_listener.api]
}

output "cluster" {
  value = aws_ecs_cluster.api.name
}

output "service" {
  value = aws_ecs_service.api.name
}

output "task_definition" {
  value = aws_ecs_task_definition.api.arn
}

output "url" {
  value = "http://${aws_lb.api.dns_name}:8080"
}
