# Rules are resources of their own, so that each can be read, named and changed alone.

resource "aws_security_group" "load_balancer" {
  name        = "${var.name_prefix}-load-balancer"
  description = "Load balancer of the API"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name_prefix}-load-balancer" }
}

locals {
  load_balancer_ingress = {
    for pair in setproduct(var.load_balancer_ports, setunion(var.load_balancer_cidrs, var.worker_public_cidrs)) :
    "${pair[0]} from ${pair[1]}" => { port = pair[0], cidr = pair[1] }
  }
}

resource "aws_vpc_security_group_ingress_rule" "load_balancer" {
  for_each = local.load_balancer_ingress

  security_group_id = aws_security_group.load_balancer.id
  description       = "Clients of the API"
  cidr_ipv4         = each.value.cidr
  from_port         = each.value.port
  to_port           = each.value.port
  ip_protocol       = "tcp"

  tags = { Name = "${var.name_prefix}-clients-${each.value.port}" }
}

# Nobody but the worker may reach the slot that is not live.
resource "aws_vpc_security_group_ingress_rule" "test_listener" {
  for_each = setunion(var.database_client_cidrs, var.worker_public_cidrs)

  security_group_id = aws_security_group.load_balancer.id
  description       = "The slot that is not live, for the deployment's worker"
  cidr_ipv4         = each.key
  from_port         = var.test_listener_port
  to_port           = var.test_listener_port
  ip_protocol       = "tcp"

  tags = { Name = "${var.name_prefix}-test-listener" }
}

# The load balancer's name means its public addresses inside the VPC too: what asks it from there comes through a
# NAT gateway, and from that one's address.
resource "aws_vpc_security_group_ingress_rule" "through_nat" {
  for_each = {
    for pair in setproduct(local.nat_zones, setunion(var.load_balancer_ports, [var.test_listener_port])) :
    "${pair[1]} from ${pair[0]}" => { zone = pair[0], port = pair[1] }
  }

  security_group_id = aws_security_group.load_balancer.id
  description       = "The deployment's worker in this VPC"
  cidr_ipv4         = "${aws_eip.nat[each.value.zone].public_ip}/32"
  from_port         = each.value.port
  to_port           = each.value.port
  ip_protocol       = "tcp"

  tags = { Name = "${var.name_prefix}-through-nat-${each.value.port}" }
}

resource "aws_vpc_security_group_egress_rule" "load_balancer_to_service" {
  security_group_id            = aws_security_group.load_balancer.id
  description                  = "Requests and health checks to the tasks"
  referenced_security_group_id = aws_security_group.service.id
  from_port                    = var.container_port
  to_port                      = var.container_port
  ip_protocol                  = "tcp"

  tags = { Name = "${var.name_prefix}-to-service" }
}

resource "aws_security_group" "service" {
  name        = "${var.name_prefix}-service"
  description = "Tasks of credex-core"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name_prefix}-service" }
}

resource "aws_vpc_security_group_ingress_rule" "service_from_load_balancer" {
  security_group_id            = aws_security_group.service.id
  description                  = "Requests and health checks from the load balancer"
  referenced_security_group_id = aws_security_group.load_balancer.id
  from_port                    = var.container_port
  to_port                      = var.container_port
  ip_protocol                  = "tcp"

  tags = { Name = "${var.name_prefix}-from-load-balancer" }
}

resource "aws_vpc_security_group_egress_rule" "service_to_databases" {
  security_group_id            = aws_security_group.service.id
  description                  = "Bolt to the databases"
  referenced_security_group_id = aws_security_group.database.id
  from_port                    = var.bolt_port
  to_port                      = var.bolt_port
  ip_protocol                  = "tcp"

  tags = { Name = "${var.name_prefix}-to-databases" }
}

resource "aws_vpc_security_group_egress_rule" "service_to_https" {
  security_group_id = aws_security_group.service.id
  description       = "HTTPS to AWS and to the exchange rates"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"

  tags = { Name = "${var.name_prefix}-service-to-https" }
}

resource "aws_security_group" "database" {
  name        = "${var.name_prefix}-database"
  description = "Neo4j databases of credex-core"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name_prefix}-database" }
}

resource "aws_vpc_security_group_ingress_rule" "database_from_service" {
  security_group_id            = aws_security_group.database.id
  description                  = "Bolt from the tasks"
  referenced_security_group_id = aws_security_group.service.id
  from_port                    = var.bolt_port
  to_port                      = var.bolt_port
  ip_protocol                  = "tcp"

  tags = { Name = "${var.name_prefix}-from-service" }
}

resource "aws_vpc_security_group_ingress_rule" "database_from_clients" {
  for_each = var.database_client_cidrs

  security_group_id = aws_security_group.database.id
  description       = "Bolt from the deployment's worker"
  cidr_ipv4         = each.key
  from_port         = var.bolt_port
  to_port           = var.bolt_port
  ip_protocol       = "tcp"

  tags = { Name = "${var.name_prefix}-from-worker" }
}

# The application never reads a restored copy; the worker alone compares it with the database.
resource "aws_vpc_security_group_ingress_rule" "scratch_from_clients" {
  for_each = var.database_client_cidrs

  security_group_id = aws_security_group.database.id
  description       = "Bolt of a restored copy from the deployment's worker"
  cidr_ipv4         = each.key
  from_port         = var.scratch_bolt_port
  to_port           = var.scratch_bolt_port
  ip_protocol       = "tcp"

  tags = { Name = "${var.name_prefix}-scratch-from-worker" }
}

resource "aws_vpc_security_group_egress_rule" "database_to_https" {
  security_group_id = aws_security_group.database.id
  description       = "HTTPS to AWS: parameters, artifacts, backups, packages"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"

  tags = { Name = "${var.name_prefix}-database-to-https" }
}

resource "aws_security_group" "endpoints" {
  name        = "${var.name_prefix}-endpoints"
  description = "Interface endpoints of AWS services"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name_prefix}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_vpc" {
  security_group_id = aws_security_group.endpoints.id
  description       = "HTTPS from inside the VPC"
  cidr_ipv4         = var.vpc_cidr
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"

  tags = { Name = "${var.name_prefix}-from-vpc" }
}
