# A root module that others wrote: other names, other addresses, images by tag, databases that run elsewhere.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "= 5.100.0"
    }
  }

  backend "s3" {}
}

provider "aws" {
  region      = var.aws_region
  max_retries = 2
}

variable "aws_region" {
  type = string
}

variable "stage" {
  type = string
}

variable "network" {
  type        = string
  description = "First two numbers of the addresses."
}

variable "docker_tag" {
  type = string
}

variable "app_count" {
  type = number
}

variable "repository" {
  type = string
}

variable "parameters" {
  type        = map(string)
  description = "The SSM parameter of each secret variable of the application."
}

resource "aws_s3_bucket" "backups" {
  bucket = "credex-backups-${var.stage}"
}

resource "aws_s3_bucket_versioning" "backups" {
  bucket = aws_s3_bucket.backups.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_vpc" "main" {
  cidr_block = "${var.network}.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "main" {
  count = 2

  vpc_id            = aws_vpc.main.id
  availability_zone = "${var.aws_region}${["a", "b"][count.index]}"
  cidr_block        = "${var.network}.${count.index}.0/24"
}

module "api" {
  source = "./modules/api"

  stage      = var.stage
  region     = var.aws_region
  vpc_id     = aws_vpc.main.id
  subnet_ids = aws_subnet.main[*].id
  repository = var.repository
  docker_tag = var.docker_tag
  app_count  = var.app_count
  parameters = var.parameters

  depends_on = [aws_internet_gateway.main]
}

output "cluster" {
  value = module.api.cluster
}

output "service" {
  value = module.api.service
}

output "task_definition" {
  value = module.api.task_definition
}

output "alb_url" {
  value = module.api.url
}
