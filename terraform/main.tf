data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

# Names the key before the plan, so that it can be adopted and referred to without waiting for it.
data "aws_kms_alias" "deploy" {
  name = var.kms_key_alias
}

locals {
  name_prefix = "credex-${var.environment}"
  account_id  = data.aws_caller_identity.current.account_id
  partition   = data.aws_partition.current.partition
  kms_key_arn = data.aws_kms_alias.deploy.target_key_arn
}

module "configuration" {
  source = "./modules/configuration"

  environment            = var.environment
  region                 = var.region
  account_id             = local.account_id
  partition              = local.partition
  kms_key_alias          = var.kms_key_alias
  secret_keys            = var.secret_keys
  database_password_keys = var.database_password_keys
  slot_keys              = var.database_url_keys
}

module "network" {
  source = "./modules/network"

  name_prefix           = local.name_prefix
  region                = var.region
  vpc_cidr              = var.vpc_cidr
  availability_zones    = var.availability_zones
  public_subnet_cidrs   = var.public_subnet_cidrs
  private_subnet_cidrs  = var.private_subnet_cidrs
  database_subnet_cidrs = var.database_subnet_cidrs
  single_nat_gateway    = var.single_nat_gateway
  interface_endpoints   = var.interface_endpoints
  load_balancer_cidrs   = var.load_balancer_allowed_cidrs
  load_balancer_ports   = local.load_balancer_ports
  test_listener_port    = var.test_listener_port
  container_port        = var.container_port
  database_client_cidrs = var.database_client_cidrs
  worker_public_cidrs   = var.worker_public_cidrs
  log_retention_in_days = var.log_retention_in_days
  kms_key_arn           = module.configuration.kms_key_arn
  flow_log_traffic_type = var.flow_log_traffic_type
}

locals {
  load_balancer_ports = var.certificate_arn == null ? [var.listener_port] : [var.listener_port, var.https_port]
}

module "storage" {
  source = "./modules/storage"

  account_id                    = local.account_id
  kms_key_arn                   = local.kms_key_arn
  state_bucket_name             = var.state_bucket_name
  releases_bucket_name          = var.releases_bucket_name
  backups_bucket_name           = var.backups_bucket_name
  logs_bucket_name              = var.logs_bucket_name
  noncurrent_version_expiration = var.noncurrent_version_expiration_in_days
  access_log_expiration         = var.log_retention_in_days
  superseded_backup_expiration  = var.backup_retention_in_days
}

module "databases" {
  source = "./modules/databases"

  environment            = var.environment
  name_prefix            = local.name_prefix
  region                 = var.region
  account_id             = local.account_id
  partition              = local.partition
  databases              = local.databases
  security_group_ids     = [module.network.database_security_group_id]
  kms_key_arn            = local.kms_key_arn
  neo4j_artifacts_uri    = var.neo4j_artifacts_uri
  neo4j_settings         = var.neo4j_settings
  backups_bucket_arn     = module.storage.bucket_arns["backups"]
  termination_protection = var.database_termination_protection
  log_retention_in_days  = var.log_retention_in_days
  log_kms_key_arn        = module.configuration.kms_key_arn
}

locals {
  # The ledger lives in the first zone and search in the second, so that one zone takes one of them.
  database_zones = { ledger = 0, search = 1 }

  # A database of the green slot has a name of its own, so that the blue ones keep theirs.
  databases = merge([
    for slot, release in local.slots : {
      for name, database in release.databases : local.names[slot][name] => {
        database               = name
        slot                   = slot
        neo4j_version          = database.neo4j_version
        instance_type          = database.instance_type
        ami_id                 = var.database_ami_ids[name]
        private_ip             = coalesce(database.private_ip, local.private_ips[slot][name])
        settings               = database.settings
        data_volume_size       = var.database_volume_sizes[name]
        availability_zone      = var.availability_zones[local.database_zones[name]]
        subnet_id              = module.network.database_subnet_ids[local.database_zones[name]]
        password_parameter     = module.configuration.database_password_parameters[name]
        password_parameter_arn = module.configuration.database_password_parameter_arns[name]
      }
    }
  ]...)

  names = {
    blue  = { for name in keys(var.databases) : name => name }
    green = { for name in keys(var.databases) : name => "${name}-green" }
  }
  private_ips = { blue = var.database_private_ips, green = var.green_database_private_ips }

  # What the release says of the live slot stands alone; the other slot is there only in a migration.
  live = {
    commit                 = var.commit
    image_digest           = var.image_digest
    desired_count          = var.desired_count
    databases              = var.databases
    configuration_versions = var.configuration_versions
  }
  standby_slot = var.live_slot == "blue" ? "green" : "blue"
  slots        = merge({ (var.live_slot) = local.live }, var.standby == null ? {} : { (local.standby_slot) = var.standby })
}

module "service" {
  source = "./modules/service"

  environment                       = var.environment
  name_prefix                       = local.name_prefix
  region                            = var.region
  vpc_id                            = module.network.vpc_id
  public_subnet_ids                 = module.network.public_subnet_ids
  private_subnet_ids                = module.network.private_subnet_ids
  load_balancer_security_group_ids  = [module.network.load_balancer_security_group_id]
  service_security_group_ids        = [module.network.service_security_group_id]
  ecr_repository_name               = var.ecr_repository_name
  slots                             = local.slots
  live_slot                         = var.live_slot
  task_cpu                          = var.task_cpu
  task_memory                       = var.task_memory
  container_port                    = var.container_port
  node_env                          = var.node_env
  secret_arns                       = module.configuration.secret_arns
  kms_key_arn                       = local.kms_key_arn
  log_kms_key_arn                   = module.configuration.kms_key_arn
  log_retention_in_days             = var.log_retention_in_days
  access_logs_bucket                = module.storage.access_logs_bucket
  certificate_arn                   = var.certificate_arn
  listener_port                     = var.listener_port
  https_port                        = var.https_port
  test_listener_port                = var.test_listener_port
  api_domain_name                   = var.api_domain_name
  traffic_weights                   = var.traffic_weights
  health_check_path                 = var.health_check_path
  health_check                      = var.health_check
  health_check_grace_period_seconds = var.health_check_grace_period_seconds
  deregistration_delay_seconds      = var.deregistration_delay_seconds
  deletion_protection               = var.load_balancer_deletion_protection
}

module "operations" {
  source = "./modules/operations"

  name_prefix = local.name_prefix
  region      = var.region
}

module "observability" {
  source = "./modules/observability"

  name_prefix               = local.name_prefix
  kms_key_arn               = module.configuration.kms_key_arn
  alarm_email_addresses     = var.alarm_email_addresses
  ecs_cluster_name          = module.service.ecs_cluster_name
  ecs_service_name          = module.service.ecs_service_name
  load_balancer_arn_suffix  = module.service.load_balancer_arn_suffix
  target_group_arn_suffixes = module.service.target_group_arn_suffixes
  database_instance_ids     = module.databases.instance_ids
  metrics_namespace         = module.databases.metrics_namespace
}
