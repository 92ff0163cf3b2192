locals {
  tls          = var.certificate_arn != null
  forward_port = local.tls ? var.https_port : var.listener_port
  scheme       = local.tls ? "https" : "http"
  usual_port   = local.tls ? 443 : 80
  host         = coalesce(var.api_domain_name, aws_lb.this.dns_name)
}

resource "aws_lb" "this" {
  name                       = var.name_prefix
  load_balancer_type         = "application"
  subnets                    = var.public_subnet_ids
  security_groups            = var.load_balancer_security_group_ids
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection

  access_logs {
    bucket  = var.access_logs_bucket
    enabled = true
  }
}

# Two of all that takes requests, so that a new version can stand beside the old one.
resource "aws_lb_target_group" "slot" {
  for_each = local.both_slots

  name                 = "${var.name_prefix}-${each.key}"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = var.container_port
  deregistration_delay = var.deregistration_delay_seconds

  health_check {
    protocol            = "HTTP"
    port                = "traffic-port"
    path                = var.health_check_path
    matcher             = "200"
    interval            = var.health_check.interval
    timeout             = var.health_check.timeout
    healthy_threshold   = var.health_check.healthy_threshold
    unhealthy_threshold = var.health_check.unhealthy_threshold
  }

  tags = { "credex:slot" = each.key }
}

resource "aws_lb_listener" "forward" {
  load_balancer_arn = aws_lb.this.arn
  port              = local.forward_port
  protocol          = upper(local.scheme)
  certificate_arn   = var.certificate_arn
  ssl_policy        = local.tls ? "ELBSecurityPolicy-TLS13-1-2-2021-06" : null

  default_action {
    type = "forward"

    forward {
      dynamic "target_group" {
        for_each = local.both_slots

        content {
          arn    = aws_lb_target_group.slot[target_group.key].arn
          weight = var.traffic_weights[target_group.key]
        }
      }
    }
  }
}

# The way to the slot that is not live: a new version is looked at here before anybody else gets it.
resource "aws_lb_listener" "test" {
  load_balancer_arn = aws_lb.this.arn
  port              = var.test_listener_port
  protocol          = upper(local.scheme)
  certificate_arn   = var.certificate_arn
  ssl_policy        = local.tls ? "ELBSecurityPolicy-TLS13-1-2-2021-06" : null

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.slot[local.standby_slot].arn
  }
}

resource "aws_lb_listener" "redirect" {
  count = local.tls ? 1 : 0

  load_balancer_arn = aws_lb.this.arn
  port              = var.listener_port
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = tostring(var.https_port)
      status_code = "HTTP_301"
    }
  }

  # An environment that gets its certificate frees the plain port first.
  depends_on = [aws_lb_listener.forward]
}
