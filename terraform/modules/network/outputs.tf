output "vpc_id" {
  description = "ID of the VPC."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "IDs of the public subnets, in the order of the zones, known once they are public."
  value       = [for zone in var.availability_zones : aws_subnet.public[zone].id]

  # AWS refuses a load balancer for clients outside in a VPC without an internet gateway.
  depends_on = [
    aws_route.internet,
    aws_route_table_association.public,
  ]
}

output "private_subnet_ids" {
  description = "IDs of the tasks' subnets, in the order of the zones, known once they have their way out."
  value       = [for zone in var.availability_zones : aws_subnet.private[zone].id]

  # A task that starts before its way out cannot pull its image.
  depends_on = [
    aws_route.internet,
    aws_route.nat,
    aws_route_table_association.public,
    aws_route_table_association.private,
    aws_vpc_endpoint.s3,
    aws_vpc_endpoint.interface,
    aws_vpc_security_group_ingress_rule.endpoints_from_vpc,
    aws_vpc_security_group_egress_rule.service_to_https,
    aws_vpc_security_group_egress_rule.service_to_databases,
  ]
}

output "database_subnet_ids" {
  description = "IDs of the databases' subnets, in the order of the zones, known once they have their way out."
  value       = [for zone in var.availability_zones : aws_subnet.database[zone].id]

  # A machine installs Neo4j when it starts: it must find its way to the packages and its password.
  depends_on = [
    aws_route.internet,
    aws_route.nat,
    aws_route_table_association.public,
    aws_route_table_association.database,
    aws_vpc_endpoint.s3,
    aws_vpc_endpoint.interface,
    aws_vpc_security_group_ingress_rule.endpoints_from_vpc,
    aws_vpc_security_group_egress_rule.database_to_https,
  ]
}

output "load_balancer_security_group_id" {
  description = "ID of the load balancer's security group."
  value       = aws_security_group.load_balancer.id
}

output "service_security_group_id" {
  description = "ID of the tasks' security group."
  value       = aws_security_group.service.id
}

output "database_security_group_id" {
  description = "ID of the databases' security group."
  value       = aws_security_group.database.id
}
