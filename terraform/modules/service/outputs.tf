output "ecr_repository_url" {
  description = "URL of the repository of the application's images."
  value       = aws_ecr_repository.this.repository_url
}

output "ecs_cluster_name" {
  description = "Name of the ECS cluster."
  value       = aws_ecs_cluster.this.name
}

output "ecs_service_name" {
  description = "Name of the live slot's ECS service."
  value       = aws_ecs_service.this[var.live_slot].name
}

output "task_definition_arn" {
  description = "ARN, with revision, of the live slot's task definition."
  value       = aws_ecs_task_definition.this[var.live_slot].arn
}

output "api_url" {
  description = "URL at which the load balancer answers."
  value = join("", [
    "${local.scheme}://${local.host}",
    local.forward_port == local.usual_port ? "" : ":${local.forward_port}",
  ])
}

output "load_balancer_dns_name" {
  description = "The load balancer's own DNS name, to which api_domain_name has to point."
  value       = aws_lb.this.dns_name
}

output "standby" {
  description = "What the slot that is not live runs, and where it answers; null while there is none."
  value = contains(keys(var.slots), local.standby_slot) ? {
    service         = aws_ecs_service.this[local.standby_slot].name
    task_definition = aws_ecs_task_definition.this[local.standby_slot].arn
    api_url         = "${local.scheme}://${local.host}:${var.test_listener_port}"
  } : null
}

output "listener_arn" {
  description = "ARN of the listener that forwards to the target groups."
  value       = aws_lb_listener.forward.arn
}

output "target_group_arns" {
  description = "ARN of each slot's target group."
  value       = { for slot, group in aws_lb_target_group.slot : slot => group.arn }
}

output "load_balancer_arn_suffix" {
  description = "How CloudWatch's metrics name the load balancer."
  value       = aws_lb.this.arn_suffix
}

output "target_group_arn_suffixes" {
  description = "How CloudWatch's metrics name each slot's target group."
  value       = { for slot, group in aws_lb_target_group.slot : slot => group.arn_suffix }
}
