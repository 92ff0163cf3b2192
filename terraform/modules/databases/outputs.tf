output "bolt_urls" {
  description = "Bolt URL of each database."
  value       = { for name, instance in aws_instance.neo4j : name => "bolt://${instance.private_ip}:${local.bolt_port}" }
}

output "instance_ids" {
  description = "ID of each database's instance."
  value       = { for name, instance in aws_instance.neo4j : name => instance.id }
}

output "volume_ids" {
  description = "ID of each database's data volume."
  value       = { for name, volume in aws_ebs_volume.data : name => volume.id }
}

output "metrics_namespace" {
  description = "CloudWatch namespace of what the machines measure themselves."
  value       = local.metrics_namespace
}
