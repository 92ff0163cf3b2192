locals {
  container_name = "credex-core"
  both_slots     = toset(["blue", "green"])
  standby_slot   = var.live_slot == "blue" ? "green" : "blue"

  # The blue slot's names have no suffix: they are the only ones until a migration.
  suffixes = { blue = "", green = "-green" }
}

resource "aws_ecr_repository" "this" {
  name                 = var.ecr_repository_name
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  # Rolling back needs the images of earlier releases.
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name

  # Tagged images are what releases name, so only the others expire.
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Images without a tag"
      selection = {
        tagStatus   = "untagged"
        countType   = "sinceImagePushed"
        countUnit   = "days"
        countNumber = 14
      }
      action = { type = "expire" }
    }]
  })
}

resource "aws_ecs_cluster" "this" {
  name = "credex-cluster-${var.environment}"

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/credex/${var.name_prefix}/${local.container_name}"
  retention_in_days = var.log_retention_in_days
  kms_key_id        = var.log_kms_key_arn
}

moved {
  from = aws_ecs_task_definition.this
  to   = aws_ecs_task_definition.this["blue"]
}

moved {
  from = aws_ecs_service.this
  to   = aws_ecs_service.this["blue"]
}

resource "aws_ecs_task_definition" "this" {
  for_each = var.slots

  family                   = "${local.container_name}-${var.environment}${local.suffixes[each.key]}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.task_cpu
  memory                   = var.task_memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  # What ran before stays registered: the circuit breaker rolls back to it.
  skip_destroy = true

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  container_definitions = jsonencode([{
    name      = local.container_name
    image     = "${aws_ecr_repository.this.repository_url}@${each.value.image_digest}"
    essential = true

    portMappings = [{
      containerPort = var.container_port
      hostPort      = var.container_port
      protocol      = "tcp"
    }]

    environment = [
      { name = "NODE_ENV", value = var.node_env },
      { name = "PORT", value = tostring(var.container_port) },
    ]

    secrets = [
      for key in sort(keys(var.secret_arns[each.key])) : { name = key, valueFrom = var.secret_arns[each.key][key] }
      if lookup(each.value.configuration_versions, key, 1) > 0
    ]

    # ECS takes no version of a parameter, it reads the newest when a task starts. The label makes another
    # task definition of other versions, so that tasks are started for them.
    dockerLabels = merge(
      { "org.opencontainers.image.revision" = each.value.commit },
      { for key, version in each.value.configuration_versions : "credex.configuration.${key}" => tostring(version) },
    )

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.this.name
        "awslogs-region"        = var.region
        "awslogs-stream-prefix" = local.container_name
      }
    }
  }])

  tags = { "credex:commit" = each.value.commit }
}

resource "aws_ecs_service" "this" {
  for_each = var.slots

  name                               = "credex-core-service-${var.environment}${local.suffixes[each.key]}"
  cluster                            = aws_ecs_cluster.this.id
  task_definition                    = aws_ecs_task_definition.this[each.key].arn
  desired_count                      = each.value.desired_count
  launch_type                        = "FARGATE"
  platform_version                   = "1.4.0"
  propagate_tags                     = "SERVICE"
  availability_zone_rebalancing      = "ENABLED"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = var.health_check_grace_period_seconds

  # Terraform ends well even after ECS has rolled back, so its waiting would prove nothing: the
  # deployment flow watches the rollout itself.
  wait_for_steady_state = false

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.private_subnet_ids
    security_groups  = var.service_security_group_ids
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.slot[each.key].arn
    container_name   = local.container_name
    container_port   = var.container_port
  }

  # ECS takes only target groups that a listener uses, and tasks start only with their rights.
  depends_on = [aws_lb_listener.forward, aws_iam_role_policy.execution]
}
