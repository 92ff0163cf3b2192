output "neo4j_ledger_bolt_url" {
  description = "Bolt URL of the live slot's ledger database."
  value       = module.databases.bolt_urls[local.names[var.live_slot]["ledger"]]
}

output "neo4j_search_bolt_url" {
  description = "Bolt URL of the live slot's search database."
  value       = module.databases.bolt_urls[local.names[var.live_slot]["search"]]
}

output "standby" {
  description = "Where the slot that is not live is: Bolt URLs, ECS service, task definition, and the URL of the listener for tests. Null while there is none."
  value = var.standby == null ? null : merge(module.service.standby, {
    ledger_bolt_url = module.databases.bolt_urls[local.names[local.standby_slot]["ledger"]]
    search_bolt_url = module.databases.bolt_urls[local.names[local.standby_slot]["search"]]
  })
}

output "ecs_cluster_name" {
  description = "Name of the ECS cluster."
  value       = module.service.ecs_cluster_name
}

output "ecs_service_name" {
  description = "Name of the live slot's ECS service."
  value       = module.service.ecs_service_name
}

output "task_definition_arn" {
  description = "ARN, with revision, of the task definition that the service was told to run."
  value       = module.service.task_definition_arn
}

output "ecr_repository_url" {
  description = "URL of the ECR repository of the application's images."
  value       = module.service.ecr_repository_url
}

output "api_url" {
  description = "URL at which the load balancer answers for the API."
  value       = module.service.api_url
}

output "load_balancer_dns_name" {
  description = "The load balancer's own DNS name, to which api_domain_name has to point."
  value       = module.service.load_balancer_dns_name
}

output "listener_arn" {
  description = "ARN of the listener that forwards to the target groups."
  value       = module.service.listener_arn
}

output "target_group_arns" {
  description = "ARNs of the two target groups, by slot (blue, green)."
  value       = module.service.target_group_arns
}

output "vpc_id" {
  description = "ID of the VPC."
  value       = module.network.vpc_id
}

output "database_instance_ids" {
  description = "IDs of the EC2 instances that run Neo4j, by database."
  value       = module.databases.instance_ids
}

output "database_volume_ids" {
  description = "IDs of the EBS volumes that hold the data, by database."
  value       = module.databases.volume_ids
}

output "backups_bucket" {
  description = "Name of the bucket that keeps the backups of the databases."
  value       = module.storage.bucket_names["backups"]
}

output "database_status_document" {
  description = "Name of the SSM document that reports on a database's machine."
  value       = module.operations.documents["database-status"]
}

output "alarm_topic_arn" {
  description = "ARN of the SNS topic that every alarm notifies."
  value       = module.observability.alarm_topic_arn
}
